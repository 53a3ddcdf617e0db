"""The catalogue: service items, regions, departments, themes, life events; their guides and search."""
