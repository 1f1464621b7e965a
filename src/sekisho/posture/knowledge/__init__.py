"""Sources of knowledge about weaknesses: read, kept, revised, aged."""
