"""Showing a certificate (亮证) and checking one that is shown (核验)."""
