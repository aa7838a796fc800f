"""Amazon Business."""
