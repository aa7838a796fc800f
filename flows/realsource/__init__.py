"""RealSource, the e-procurement site: look at a PO, cancel it."""

from flows.realsource.cancel import cancel
from flows.realsource.purchase_order import look

__all__ = ["cancel", "look"]
