"""GraphQL over HTTP, WebSocket and SSE: document cache, trusted documents, limits."""
