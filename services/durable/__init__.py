"""How long-running work is carried on after a crash."""
