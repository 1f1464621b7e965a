"""The demo: a fictitious hospital, declared as simulated everywhere it is shown."""
