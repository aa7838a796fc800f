"""What to do in RealSource, the e-procurement site.

``purchase_order`` finds a PO and looks at it, and ``cancel`` presses its cancel; ``sign_in`` has
the screens of CAS and Duo. ``details``, ``lines``, ``results``, ``extent``, ``counts``,
``contrary``, ``documents``, ``readers``, ``places`` and ``labels`` turn pages into facts and
click nothing.
"""

from flows.realsource.cancel import cancel
from flows.realsource.purchase_order import look

__all__ = ["cancel", "look"]
