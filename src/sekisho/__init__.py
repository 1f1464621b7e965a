"""Sekisho（関所）: the checkpoint of a medical institution."""

__version__ = "0.1.0"
