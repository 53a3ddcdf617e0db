"""Query items (查询): a citizen asks, a department answers with typed rows. See README.md."""
