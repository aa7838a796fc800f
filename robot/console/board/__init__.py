"""What the web page shows of the queue and the ledger, without the pages.

- ``uploads``: a list of orders, checked row by row before anything is put in; ``doubts``: what
  speaks against a number before anybody looks at it
- ``parts``: what an order counts to; ``totals``: the control totals; ``days``: days as times
- ``view``: what somebody looks at, as an address; ``orders``: the orders of a view; ``export``: the
  same as a CSV
- ``inbox``: what waits for a person; ``moves``: what they may do; ``claims``: who is at it
- ``findings``: what the watch-list found, in sets
- ``changes``: whether anything changed that a page shows
- ``health``: how the sites, the workers and the ledger are
"""
