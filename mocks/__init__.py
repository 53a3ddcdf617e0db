"""Runnable stand-ins of the department systems; they import nothing of the product."""
