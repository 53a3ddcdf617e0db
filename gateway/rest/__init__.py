"""REST endpoints: verifiers, published keys, department callbacks, health."""
