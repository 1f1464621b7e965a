"""Templates, words and the stylesheet; no web framework."""
