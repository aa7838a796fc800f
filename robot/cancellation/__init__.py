"""The rule of a cancellation says what to do next, and what came of it.

It has the words for both.

Pure: no I/O, no clock, no browser. It may import the standard library's plain values, and of the
robot only ``robot.problems`` and ``robot.clock``. The events of a case are folded into one state,
and the rule reads that state alone.

- ``request``: what somebody asks for, and the names of what a case holds while it works
- ``orders``: orders, POs, what a site answered, and the proof that an order is cancelled
- ``events``: what happened in one case, in order; ``history``: those of the request at hand
- ``state``: the events folded into one ``CaseState``; ``earlier``: what an order showed before
- ``shown``, ``approvals``: what a person is shown before a press, and what their approval covers
- ``guard``: the ledger's own guard of a press
- ``limits``, ``permissions``: how much may be cancelled, and who allowed it
- ``actions``: what the rule can ask for
- ``decide``: THE RULE, from a state to the next action
- ``po_half``: the rule's second half, once the order reads back cancelled
- ``policy``: how patient it is, and when a try is given up
- ``po_checks``: why a PO must be left alone
- ``presses``: the presses of an irreversible control, and the right to make one
- ``lines``: where each line of an order stands
- ``provenance``: where a piece of evidence comes from
- ``words``: what is said of each problem and end; below the rule, which it does not know
- ``receipts``: the receipt of a request, from its events; above the rule, which does not know it
"""

from robot.cancellation.decide import decide
from robot.cancellation.policy import Policy
from robot.cancellation.presses import PressState
from robot.cancellation.request import CancelRequest
from robot.cancellation.state import CaseState, replay, replay_open

__all__ = [
    "CancelRequest",
    "CaseState",
    "Policy",
    "PressState",
    "decide",
    "replay",
    "replay_open",
]
