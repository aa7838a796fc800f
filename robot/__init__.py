"""Cancels an order at the vendor first, sees it confirmed, and only then in RealSource."""

__version__ = "0.1.0"
