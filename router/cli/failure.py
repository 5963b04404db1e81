"""How a command ends when it cannot do what was asked."""

from __future__ import annotations


class CommandError(Exception):
    """The message is for the user; ``status`` is the exit status: 1 for a failure, 2 for wrong input."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status
