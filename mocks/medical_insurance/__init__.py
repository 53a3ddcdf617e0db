"""Stand-in of the city's medical insurance core (医保核心业务系统, YB-CORE)."""
