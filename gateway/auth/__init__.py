"""Sign-in by the provincial identity provider, our own tokens, and who is asking."""
