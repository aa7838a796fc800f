"""The pages of the console, each with its routes.

``totals`` are the control totals, ``orders`` the orders of the queue, a row a PO.
``sign_in`` lets people in and out, ``log`` shows who did what. ``files`` gives what the pages load.
"""
