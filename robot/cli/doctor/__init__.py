"""Say what is wrong with an installation, and how to mend it.

``examination`` looks at one thing after the other, ``page`` shows what it found to whoever runs it.
"""

from robot.cli.doctor.examination import Diagnosis, examine

__all__ = ["Diagnosis", "examine"]
