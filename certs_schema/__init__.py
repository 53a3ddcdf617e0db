"""Certificate types as data, and the verifier that needs nothing else of ours."""
