"""The pages: landing, GraphiQL, verify."""
