"""What is said of each problem and each end, in business words.

It knows nothing of the rule.

- ``problems``: one row of words and traits for each problem, with ``po_problems`` and
  ``run_problems``
- ``wording``: the sentences of outcomes and of how far a case came
"""

from robot.cancellation.words.problems import SPECS, spec_of

__all__ = ["SPECS", "spec_of"]
