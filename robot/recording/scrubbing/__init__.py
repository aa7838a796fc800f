"""Taking secrets and persons out of a recording."""
