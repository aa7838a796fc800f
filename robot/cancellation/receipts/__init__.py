"""What a request came to, made from its events.

The rule knows nothing of it.

- ``summary``: the end of a case in words
- ``receipt``: the receipt of a request, with ``receipt_steps``, ``receipt_people`` and
  ``receipt_evidence``
"""

from robot.cancellation.receipts.receipt import Receipt, build_receipt
from robot.cancellation.receipts.summary import finished_event

__all__ = ["Receipt", "build_receipt", "finished_event"]
