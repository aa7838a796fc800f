"""Keep for an auditor what was seen, read and done.

``object_store`` is where things are kept (a folder, or a bucket by fsspec); ``evidence`` adds a
request's screenshots and texts to it, each with its SHA-256; ``receipt_page`` makes a receipt
one HTML page of its own (``templates/``); ``export`` writes receipts as CSV and events as JSON
lines. ``seals`` signs receipts, ``check`` compares the kept files with the ledger, ``package`` puts
all that proves one order into a zip, and ``retention`` removes what is old.
"""

from robot.evidence.evidence import Evidence, EvidenceItem
from robot.evidence.object_store import ObjectStore, open_store

__all__ = ["Evidence", "EvidenceItem", "ObjectStore", "open_store"]
