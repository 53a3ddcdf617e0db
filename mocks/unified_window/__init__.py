"""Stand-in of the department systems that speak the common protocol of docs/adapters.md."""
