"""The university's side.

``app`` puts the sites together: ``cas``, ``duo``, and RealSource's ``session_pages``,
``search_pages`` and ``po_pages``, which share ``web``. ``state`` is what they answer from,
``documents`` the purchase orders.
"""
