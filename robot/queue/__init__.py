"""The unattended queue, and the workers that do its orders.

The ledger says what happened to an order; the queue says when it goes on and who is at it. May
import the runner and what is below it.

- ``items``: an order in the queue, and what is to be put in
- ``table``: the queue's rows, to add, begin, finish, change and list; ``intake``: what is taken in,
  and what is not
- ``approvals``: the approval of who puts orders in; ``second_approval``: that of what is over a
  limit
- ``turn``: one attempt at an item; ``siblings``: other orders of its PO in progress
- ``worker``: a process that works; ``lanes``: its robots, each with a browser of its own
- ``workers``: which workers are alive
- ``engine``: DBOS, which gives turns to all workers, each when it is due
- ``operations``: what people do with the queue; ``views``: the queue in words and as JSON, with
  ``standing``, where an order stands, and ``event_words``, what happened to it
- ``metrics``: the queue's figures for a monitoring system
- ``csv_import``: a list of orders, row by row; ``spreadsheet`` and ``workbook``: tables as
  spreadsheets save them
"""

from robot.queue.intake import AddResult
from robot.queue.items import ItemUpdate, NewItem, QueueItem, State
from robot.queue.table import QueueTable

__all__ = ["AddResult", "ItemUpdate", "NewItem", "QueueItem", "QueueTable", "State"]
