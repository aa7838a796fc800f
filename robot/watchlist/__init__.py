"""The watch-list.

Orders that went wrong before the robot came, found in two exports. Both systems export their
orders; joined by PO number they tell which were cancelled in one of them only, without a request to
either site. May import the notifications and what is below them.

- ``columns``: which column of an export is which field
- ``amounts``, ``dates``: money and days as exports write them
- ``tables``: an export's file as rows; ``exports``: as purchase orders and orders
- ``values``: what the exports say; ``findings``: what both say together, and its JSON
- ``advice``: what to do about a finding; ``contradictions``: what the robot saw itself
- ``look``: what the sites tell where the files are silent or contradict
- ``search``: RealSource's own search, asked for each PO instead of an export
- ``recheck``: orders that the robot has done, looked at again by workers or at once
- ``report``: all findings of two exports; ``views``: for people
- ``kept``: what was told before, and what the last run was made from
- ``nightly``: made every night; ``files``: the newest export
- ``join``: which orders are of which PO; ``judge``: what that means; ``sentences``: its words. Pure
"""

from robot.watchlist.findings import Finding, FindingKind
from robot.watchlist.values import OrderItem, PurchaseOrder, VendorOrder

__all__ = ["Finding", "FindingKind", "OrderItem", "PurchaseOrder", "VendorOrder"]
