"""GraphQL types, one package a domain; slices do not know each other. `gateway.root` joins them."""
