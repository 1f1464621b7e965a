"""What one kind of medical system asks and answers, in the gate's own words."""
