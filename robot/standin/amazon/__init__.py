"""The stand-in for Amazon Business."""
