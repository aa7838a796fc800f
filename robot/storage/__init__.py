"""The one database, which keeps what happened and who is at work on what.

May import the rule's values and the foundation.

- ``schema``: the tables; ``migrations`` makes and changes them
- ``database``: connections and transactions, on SQLite or PostgreSQL
- ``ledger``: events, intents, receipts; ``event_rows``: an event as a row of it; ``intents``: what
  speaks against a press
- ``chain``: the rules of cases' chains and of seals; ``merkle``: the tree below a seal; ``audit``:
  what breaks them; these three are pure
- ``sealing``: writes and reads the chains' ends and the seals; ``receipt_rows``: sealed receipts
- ``uses``: which approvals were used, and the limits counted by them
- ``leases``: who may work on what; ``lease_keeper``: a thread that renews a process's
- ``holders``: the identity of a lease holder
- ``pauses``: sites that are left alone, by a person or by the circuit breaker
- ``notices``: what people are to be told, written with the fact itself
"""

from robot.storage.database import Database
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.ledger import Ledger
from robot.storage.pauses import SitePauses

__all__ = ["Database", "LeaseKeeper", "Ledger", "SitePauses"]
