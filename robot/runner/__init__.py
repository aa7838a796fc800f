"""The loop that performs what the rule decides, and what it needs to run."""
