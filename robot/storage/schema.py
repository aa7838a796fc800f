"""The tables of the one database, both the ledger's and the queue's.

``migrations/`` makes and changes them. Times are UNIX seconds where machines compare them; in
events and receipts they are ISO, UTC.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

#: The newest revision in ``migrations/versions``.
HEAD: Final = "0008"
#: A time that never comes: "no deadline", "until somebody resumes it".
NEVER: Final = 1e15

metadata = sa.MetaData()

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("case", sa.Text, nullable=False, index=True),
    sa.Column("resource", sa.Text, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False, unique=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
)
#: How long the one chain of all events was, and its last event's hash, when each case got a chain
#: of its own. It never changes since.
chain = sa.Table(
    "chain",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("length", sa.Integer, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
#: Where each case's chain ends: without it, events cut off that end before a seal would not be
#: missed. ``sealed`` is how many of its events a seal covers.
case_ends = sa.Table(
    "case_ends",
    metadata,
    sa.Column("case", sa.Text, primary_key=True),
    sa.Column("length", sa.Integer, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("sealed", sa.Integer, nullable=False),
)
# In PostgreSQL its migration makes it as partial. Said here, that would import PostgreSQL's dialect
# for every command.
sa.Index(
    "ix_case_ends_unsealed",
    case_ends.c.case,
    sqlite_where=case_ends.c.sealed < case_ends.c.length,
)
#: The chain of seals; ``events`` is how many events there were by then.
seals = sa.Table(
    "seals",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("events", sa.Integer, nullable=False, unique=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
)
#: The ends of cases that each seal covers.
sealed_ends = sa.Table(
    "sealed_ends",
    metadata,
    sa.Column("seal", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("case", sa.Text, primary_key=True),
    sa.Column("length", sa.Integer, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Index("ix_sealed_ends_case", "case", "length"),
)
leases = sa.Table(
    "leases",
    metadata,
    sa.Column("resource", sa.Text, primary_key=True),
    sa.Column("token", sa.Integer, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
)
receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("case", sa.Text, nullable=False, index=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
#: One row for each approval that was used for a press: it is good once, and the limits are counted
#: here. ``cents`` is the total of what was pressed.
uses = sa.Table(
    "uses",
    metadata,
    sa.Column("approval", sa.Text, primary_key=True),
    sa.Column("case", sa.Text, nullable=False),
    sa.Column("request", sa.Text, nullable=False),
    sa.Column("vendor", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("cents", sa.BigInteger, nullable=False),
)
#: ``live`` is vendor and number until the item is at its end: an order is in the queue once.
#: ``ready`` is 1 while it waits for a turn, and 2 once the engine gives that out; ``urgency`` is 0
#: before the vendor's press, -1 where somebody approved it just as it was shown, 1 after the press,
#: and 2 for a look that nobody waits for. ``approval`` is the list that approved it.
#: ``dry_run`` is 1 for a mere look at an order. ``seen_po`` and ``cents`` are the PO and the total
#: that the order's page showed.
queue = sa.Table(
    "queue",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("vendor", sa.Text, nullable=False),
    sa.Column("number", sa.Text, index=True),
    sa.Column("po", sa.Text, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Column("added_at", sa.Float, nullable=False),
    sa.Column("deadline", sa.Float, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("problem", sa.Text),
    sa.Column("note", sa.Text),
    sa.Column("request", sa.Text),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("ready", sa.Integer, nullable=False),
    sa.Column("urgency", sa.Integer, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("worker", sa.Text, index=True),
    sa.Column("takeovers", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("changed_at", sa.Float, nullable=False),
    sa.Column("live", sa.Text, unique=True),
    sa.Column("approval", sa.Text),
    sa.Column("dry_run", sa.Integer, nullable=False, server_default="0"),
    sa.Column("seen_po", sa.Text, index=True),
    sa.Column("cents", sa.BigInteger),
    sa.Index("ix_queue_next", "ready", "urgency", "deadline", "due_at", "id"),
    sa.Index("ix_queue_state", "state", "id"),
    sa.Index("ix_queue_deadline", "deadline"),
    sa.Index("ix_queue_added", "added_at"),
)
#: One row for each site that was ever in trouble or paused; the site "*" is all of them.
holds = sa.Table(
    "holds",
    metadata,
    sa.Column("site", sa.Text, primary_key=True),
    sa.Column("errors", sa.Integer, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("since", sa.Float),
    sa.Column("until", sa.Float, nullable=False),
    sa.Column("held_by", sa.Text, nullable=False),
    sa.Column("because", sa.Text, nullable=False),
)
workers = sa.Table(
    "workers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("lanes", sa.Integer, nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("beat_at", sa.Float, nullable=False),
)
#: What people are to be told, written with the fact that it is about, sent by whichever worker
#: comes first.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("sent_at", sa.Float),
)
#: What the watch-list told of each PO last. ``fingerprint`` is what it says apart from its words.
findings = sa.Table(
    "findings",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("po", sa.Text, index=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("settled_by", sa.Text),
    sa.Column("because", sa.Text),
    sa.Column("changed_at", sa.Float, nullable=False),
)
#: From which files the watch-list is made each day, and the last day (local) on which it was. A
#: second row has what the last run was made from, and its day.
watchlist = sa.Table(
    "watchlist",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("ran_on", sa.Text, nullable=False),
)
#: The last window or counter of which a one-time code was minted, for every machine that signs in
#: with it.
codes = sa.Table(
    "codes",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("used", sa.BigInteger, nullable=False),
)
#: Who is signed in to the web page. ``id`` is the hash of the cookie's secret, ``invite`` that of
#: the link's.
console_sessions = sa.Table(
    "console_sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("invite", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("began_at", sa.Float, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
)
#: Links to the web page that are good once. ``id`` is the hash of the link's secret.
console_invites = sa.Table(
    "console_invites",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("made_at", sa.Float, nullable=False),
    sa.Column("used_at", sa.Float),
)
#: What was done or tried on the web page, by whom, on what, and from where. ``refused`` says why it
#: was not done.
console_actions = sa.Table(
    "console_actions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("refused", sa.Text),
)
#: Lists that were confirmed on the web page, frozen. ``body`` is JSON: the rows with the items of
#: the queue that they became. ``sha256`` is that of the rows that were shown.
console_sets = sa.Table(
    "console_sets",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("made_at", sa.Float, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("confirmed_at", sa.Float),
)
#: Who is at an item of the queue that waits for a person, so that two do not work on it.
console_claims = sa.Table(
    "console_claims",
    metadata,
    sa.Column("item", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("until", sa.Float, nullable=False),
)
