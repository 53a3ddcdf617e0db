"""The provincial identity provider, as far as sign-in needs it: a small OpenID provider of its own."""
