"""Cancel an order at the vendor first, see it confirmed, and then in RealSource."""

__version__ = "0.1.0"
