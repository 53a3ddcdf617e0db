"""Stand-in of every department's record service (查询接口)."""
