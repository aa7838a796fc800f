"""Stand-in sites on loopback: Amazon Business, CAS with Duo, and RealSource, under their
production host names.
"""
