"""The command line."""

from robot.cli.commands import main

__all__ = ["main"]
