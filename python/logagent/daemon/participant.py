"""What else is made durable together with the counts."""

import sqlite3
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from logagent._core import Snapshot


class Participant(Protocol):
    """Something with rows of its own in the state database, written with those of the counts.

    All of it is called in the committing thread.
    """

    def write(self, connection: sqlite3.Connection, snapshot: "Snapshot | None") -> None:
        """Write in the transaction of a commit; `snapshot` is what was counted since the last.

        Called again with the same snapshot when the transaction fails: what is kept in memory is
        changed in `committed` only.
        """

    def committed(self) -> None:
        """The transaction is durable: show it, wake who waits for it."""

    def has_work(self) -> bool:
        """Whether there is something to write though nothing was counted since the last commit.

        Asked, and then all participants are, only when that is so.
        """
