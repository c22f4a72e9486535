"""What stands along the river and drifts on it."""
