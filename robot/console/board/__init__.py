"""What the web page shows of the queue and the ledger.

- ``uploads``: a list of orders, checked row by row before anything is put in
"""
