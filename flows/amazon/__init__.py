"""Amazon Business: look at an order, find the orders of a PO, cancel an order."""

from flows.amazon.cancel import submit
from flows.amazon.order import look
from flows.amazon.search import orders_of_po

__all__ = ["look", "orders_of_po", "submit"]
