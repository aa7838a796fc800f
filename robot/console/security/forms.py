"""Whether a form is one that this console gave to this session."""

from __future__ import annotations

import hmac
from typing import Final

from robot.console.sessions import Session

#: The name of the field that each form brings.
FIELD: Final = "token"


def is_ours(session: Session, token: object) -> bool:
    """Tell whether a form's token is the session's."""
    return isinstance(token, str) and hmac.compare_digest(session.csrf.encode(), token.encode())
