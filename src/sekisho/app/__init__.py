"""Wiring: the one room that knows every other, and the life of findings and jobs."""
