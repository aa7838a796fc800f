"""Amazon Business.

``app`` puts the pages together: ``sign_in``, ``second_factor``, ``home``, ``order_pages`` and
``cancel``, which share ``web``. ``state`` is what they answer from, ``order`` one order.
"""
