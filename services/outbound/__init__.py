"""HTTP to department systems, shared by their adapters: deadline, retry, circuit breaker, bulkhead, trace id."""
