"""The driving side: HTTP and GraphQL. Thin; no business rule lives here."""
