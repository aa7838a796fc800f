"""What to do at Amazon Business.

``order`` looks at an order, ``search`` finds the orders of a PO, and ``cancel`` presses the cancel
of an order; ``sign_in`` has the screens that they may meet on the way. ``details``, ``shipments``,
``signs``, ``slots``, ``form`` and ``readers`` turn pages into facts and click nothing.
"""

from flows.amazon.cancel import submit
from flows.amazon.order import look
from flows.amazon.search import orders_of_po

__all__ = ["look", "orders_of_po", "submit"]
