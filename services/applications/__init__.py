"""Applications: from submission to result."""
