"""Which advisory concerns which component, and how surely."""
