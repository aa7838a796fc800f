"""The command line.

``commands`` is the whole of it: the top commands, and errors told as sentences. ``cancel``,
``queue``, ``approvals``, ``work``, ``console``, ``ledger``, ``evidence``, ``watchlist`` (with
``watchlist_looks`` and ``watchlist_output``), ``recordings``, ``sites``, ``demo`` and ``doctor``
hold what each does, ``service`` what runs and watches it, ``guide`` what helps to learn it.
``progress`` shows steps on the terminal, ``output`` prints, ``exit_status`` holds the statuses, and
``options`` what several commands share. What takes long to import is imported where it is used, so
that help answers at once.
"""

import sys

from robot.cli.exit_status import EXIT_INTERRUPTED

try:
    from robot.cli.commands import main
except KeyboardInterrupt:  # nothing has begun while this is imported
    sys.stderr.write("\nInterrupted.\n")
    sys.exit(EXIT_INTERRUPTED)

__all__ = ["main"]
