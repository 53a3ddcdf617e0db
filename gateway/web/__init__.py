"""The pages: landing, sign-in's return, GraphiQL, verify, docs. Files served as they are, no build step."""

from gateway.web.pages import routes

__all__ = ["routes"]
