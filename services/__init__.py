"""What the city does; knows no web framework, no store and no wire."""
