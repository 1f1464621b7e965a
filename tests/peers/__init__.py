"""Real systems that tests start on loopback."""
