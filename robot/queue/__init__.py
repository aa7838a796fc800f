"""The unattended queue and its workers."""
