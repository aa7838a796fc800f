"""The pages of the console, each with its routes.

``sign_in`` lets people in and out. ``cancel`` checks an order and takes its approval, ``runs``
shows it live, ``lists`` does it for many. ``inbox`` has what waits for a person, ``orders`` all
orders of the queue, a row a PO, and ``totals`` the control totals. ``watchlist`` has the orders
that went wrong before. ``health`` is how sites, workers and ledger are. ``log`` shows who did what.
``files`` gives what the pages load.
"""
