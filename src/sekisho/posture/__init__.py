"""What stands where, and is it sound: machines, medical devices, what is known of them."""
