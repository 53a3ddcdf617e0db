"""Signing keys: published before use, rotated without downtime."""
