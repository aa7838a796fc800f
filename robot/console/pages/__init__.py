"""The pages of the console, each with its routes.

``sign_in`` lets people in and out. ``cancel`` checks an order and takes its approval, ``runs``
shows it live. ``totals`` are the control totals, ``orders`` the orders of the queue, a row a PO.
``log`` shows who did what. ``files`` gives what the pages load.
"""
