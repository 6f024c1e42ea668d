"""The tables of the state database, its versions, and how an older one becomes a newer one.

Every row carries a CRC-32 of its key and value. That shows a row that changed, but not one that is
missing, nor pages of two commits side by side. So `digests` holds, for each table, the number of
its rows and the sum of their checksums; triggers keep them, whoever writes.
"""

import contextlib
import sqlite3
from functools import lru_cache
from typing import Literal, get_args

from logagent.errors import StateError

APPLICATION_ID = 0x6C6F6761  # "loga", in the header of the file
PAGE_BYTES = 4096
"""The size of a page of databases made anew."""

Migration = tuple[str, ...]
"""The statements that bring a database from one version to the next."""

Table = Literal["metrics", "series", "files", "tallies", "positions", "meta", "models"]
"""A table with rows that are checked; its number in `digests` is the place here."""
TABLES: tuple[Table, ...] = get_args(Table)
_FIRST_TABLES = TABLES[:6]
"""Those of the first version."""


def _triggers(table: str, number: int) -> list[str]:
    """What keeps the digest of a table."""
    events = {
        "insert": "rows = rows + 1, sum = sum + new.checksum",
        "update": "sum = sum + new.checksum - old.checksum",
        "delete": "rows = rows - 1, sum = sum - old.checksum",
    }
    return [
        f"CREATE TRIGGER {table}_{event} AFTER {event} ON {table} "  # noqa: S608 - constants
        f"BEGIN UPDATE digests SET {change} WHERE id = {number}; END"
        for event, change in events.items()
    ]


def _keyed(table: str, key_type: str) -> str:
    """A table of texts by a key. One tree per table: there is no index that could disagree."""
    return f"""CREATE TABLE {table} (
  key {key_type} NOT NULL PRIMARY KEY, value TEXT NOT NULL, checksum INTEGER NOT NULL
) STRICT, WITHOUT ROWID"""


_FIRST: Migration = (
    """CREATE TABLE digests (
  id INTEGER PRIMARY KEY, rows INTEGER NOT NULL, sum INTEGER NOT NULL
) STRICT""",
    _keyed("metrics", "INTEGER"),
    """CREATE TABLE series (
  metric INTEGER NOT NULL, labels BLOB NOT NULL, state BLOB NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY (metric, labels)
) STRICT, WITHOUT ROWID""",
    _keyed("files", "INTEGER"),
    _keyed("tallies", "TEXT"),
    _keyed("positions", "TEXT"),
    _keyed("meta", "TEXT"),
    *(
        f"INSERT INTO digests VALUES ({number}, 0, 0)"  # noqa: S608 - a number
        for number in range(len(_FIRST_TABLES))
    ),
    *(
        statement
        for number, table in enumerate(_FIRST_TABLES)
        for statement in _triggers(table, number)
    ),
)

# Not among the digests: rows of the event log's come and go, and each is checked when it is read.
_FINDINGS: Migration = (
    """CREATE TABLE findings (
  number INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, event TEXT NOT NULL,
  checksum INTEGER NOT NULL
) STRICT""",
)

# What goes to sinks: not in `digests`, since it may be large. A row that does not fit its checksum
# is left out and said, and costs no more than itself.
_SINKS: Migration = (
    _keyed("sinks", "TEXT"),
    """CREATE TABLE shapes (
  number INTEGER PRIMARY KEY, definition TEXT NOT NULL, checksum INTEGER NOT NULL
) STRICT""",
    """CREATE TABLE windows (
  sink TEXT NOT NULL, start INTEGER NOT NULL, shape INTEGER NOT NULL, labels BLOB NOT NULL,
  generation INTEGER NOT NULL, state BLOB NOT NULL, is_changed INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (sink, start, shape, labels)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX changed_windows ON windows (sink, start) WHERE is_changed = 1",
    """CREATE TABLE outbox (
  sink TEXT NOT NULL, sequence INTEGER NOT NULL, created_unix_ms INTEGER NOT NULL,
  points INTEGER NOT NULL, frame BLOB NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY (sink, sequence)
) STRICT""",
)

# What is known of checkers, and what receivers are yet to be told: not in `digests` either.
_CHECKERS: Migration = (
    """CREATE TABLE checkers (
  checker TEXT NOT NULL, part TEXT NOT NULL, body TEXT NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY (checker, part)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE deliveries (
  number INTEGER PRIMARY KEY, receiver TEXT NOT NULL, body TEXT NOT NULL, checksum INTEGER NOT NULL
) STRICT""",
)

# What was learnt of lines: as exact as the counts, hence among the digests.
_MODELS_NUMBER = TABLES.index("models")
_MODELS: Migration = (
    _keyed("models", "TEXT"),
    f"INSERT INTO digests VALUES ({_MODELS_NUMBER}, 0, 0)",  # noqa: S608 - a number
    *_triggers("models", _MODELS_NUMBER),
)

MIGRATIONS: tuple[Migration, ...] = (_FIRST, _FINDINGS, _SINKS, _CHECKERS, _MODELS)
"""From each version to the next, beginning with 0, an empty database. Never changed, only added."""


def migrate(
    connection: sqlite3.Connection, migrations: tuple[Migration, ...] | None = None
) -> None:
    """Bring the database to the version ``len(migrations)``, in the transaction that is open.

    By default these are `MIGRATIONS`. Raises `StateError` for a newer database.
    """
    if migrations is None:
        migrations = MIGRATIONS
    present = check_not_newer(connection, len(migrations))
    for migration in migrations[present:]:
        for statement in migration:
            connection.execute(statement)
    if present < len(migrations):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")


def check_not_newer(connection: sqlite3.Connection, known: int | None = None) -> int:
    """The version of the database, 0 of an empty one; `StateError` above `known` (all)."""
    known = len(MIGRATIONS) if known is None else known
    present = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if present > known:
        raise StateError(
            f"the state was written by a newer logagent (version {present} of the database, "
            f"this one knows {known})",
            hint="use that logagent, or import what it exports",
        )
    return present


def fits(connection: sqlite3.Connection, present: int) -> bool:
    """Whether the schema is, to the letter, the one that the migrations to this version make."""
    identity = connection.execute("PRAGMA application_id").fetchone()[0]
    return identity == APPLICATION_ID and _objects(connection) == _expected(MIGRATIONS[:present])


@lru_cache
def _expected(migrations: tuple[Migration, ...]) -> frozenset[tuple[bytes, ...]]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
        migrate(model, migrations)
        return _objects(model)


def _objects(connection: sqlite3.Connection) -> frozenset[tuple[bytes, ...]]:
    query = "SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(sql AS BLOB) FROM sqlite_schema"
    return frozenset(connection.execute(query))
