"""The proxy of the browser's connections, by which no press is sent twice.

``proxy`` takes the browser's connections, ``dialer`` says who may connect and makes the way to a
host, and ``tunnel`` joins the two ends, shutting off a peer that hung up.
"""
