"""Amazon Business.

``app`` puts the pages together: ``sign_in``, ``second_factor``, ``home``, ``order_pages`` and
``cancel``, which share ``web``. ``reporting`` answers for the Reporting API. ``state`` is what all
of them answer from, ``order`` one order.
"""
