"""The certificates that people and companies hold."""
