"""What every domain shares: errors, ids, the clock, working days, who is asking. Imports no domain."""
