"""People, the companies and children they may act for, and their sessions."""
