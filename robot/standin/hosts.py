"""The sites' host names, and the header by which a stand-in drops a connection."""

from __future__ import annotations

from typing import Final

AMAZON: Final = "www.amazon.com"
AMAZON_BUSINESS: Final = "business.amazon.com"
CAS: Final = "login.vcu.edu"
DUO: Final = "api-5d3c1a2b.duosecurity.com"
REALSOURCE: Final = "realsource.vcu.edu"
REALSOURCE_SOLUTIONS: Final = "solutions.sciquest.com"
REPORTING: Final = "na.business-api.amazon.com"
LOGIN_WITH_AMAZON: Final = "api.amazon.com"
HOSTS: Final = (
    AMAZON,
    AMAZON_BUSINESS,
    CAS,
    DUO,
    REALSOURCE,
    REALSOURCE_SOLUTIONS,
    REPORTING,
    LOGIN_WITH_AMAZON,
)
LOCAL: Final = ("localhost", "127.0.0.1")

#: A site that answers with this header gets its answer thrown away and the connection dropped.
DROP_HEADER: Final = "x-standin-drop"
