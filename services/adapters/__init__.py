"""Outside systems and stores, one package each; discovered by `gateway.bootstrap`, known to nobody else."""
