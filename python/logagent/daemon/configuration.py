"""The configuration that is in force: its plan, and the files that it was read from."""

import glob
import hashlib
import os
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logagent._core import Plan
from logagent.config import compiled, read_text
from logagent.errors import ConfigError, Problem
from logagent.extensions import Declared, Group, declared
from logagent.http import access, tls
from logagent.outbox import Settings

_MOST_HASHED_BYTES = 64 << 20
"""Databases of addresses may be larger; their size and times stand for them."""
_OWN_PREFIX = "logagent_"
_OF_PROCESS = frozenset(
    f"process_{name}"
    for name in (
        "cpu_seconds_total",
        "max_fds",
        "open_fds",
        "resident_memory_bytes",
        "start_time_seconds",
        "virtual_memory_bytes",
    )
)
_UNLOADABLE = ("listen", "state_dir")
"""Settings that only a restart changes."""


class Configuration(NamedTuple):
    """A configuration that was loaded whole and without a problem."""

    path: str
    plan: Plan
    described: Mapping[str, Any]
    """What `Plan.describe` says."""
    agent: Mapping[str, Any]
    declared: Mapping[Group, Sequence[Declared]]
    """Sinks and what else names a type."""
    access: access.Access
    digest: str
    """SHA-256 of its files, in hexadecimal."""
    loaded_at: float
    """Unix time."""

    @classmethod
    def load(cls, path: str) -> "Configuration":
        """Read and compile it. Raises `ConfigError` with every problem at once."""
        digest = hashlib.sha256()
        text = read_text(path)
        digest.update(text.encode())
        plan = compiled(text, origin=path)
        described = plan.describe()
        agent = described["agent"]
        types, problems = declared(described)
        problems += [*_absent(plan, path), *_reserved(plan, path)]
        admitted = access.Access()
        try:
            admitted = access.load(agent)
        except ConfigError as error:
            problems += error.problems
        try:
            tls.server_context(agent)
        except ConfigError as error:
            problems += error.problems
        if problems:
            raise ConfigError(problems)
        for file in _expanded(plan):
            digest.update(_content_or_stamp(file))
        return cls(path, plan, described, agent, types, admitted, digest.hexdigest(), time.time())

    def sinks(self) -> tuple[list[Settings], Sequence[Mapping[str, Any]]]:
        """The sinks, and the metrics that they choose from."""
        settings = [Settings.of(one) for one in self.declared[Group.SINKS]]
        return settings, self.plan.describe()["metrics"]

    def tls_context(self) -> ssl.SSLContext | None:
        """What HTTPS is spoken with. Raises `ConfigError` if its files have become bad."""
        return tls.server_context(self.agent)

    def needs_restart(self, other: "Configuration") -> list[str]:
        """Settings in which `other` differs and which only a restart changes."""
        changed = [key for key in _UNLOADABLE if self.agent[key] != other.agent[key]]
        if (self.agent["tls_cert"] is None) != (other.agent["tls_cert"] is None):
            changed.append("tls_cert")
        return changed

    def stamp(self) -> tuple[object, ...]:
        """What differs when one of its files was changed, added or removed."""
        agent_files = (
            self.agent[key] for key in ("token_file", "basic_auth_file", "tls_cert", "tls_key")
        )
        files = [
            self.path,
            *_expanded(self.plan),
            *(file for file in agent_files if file is not None),
        ]
        return tuple((file, _stamp(file)) for file in files)


def _absent(plan: Plan, path: str) -> list[Problem]:
    """Tables without which there is nothing to do.

    A file that is only half written has none of them; to follow it would delete every count.
    """
    described = plan.describe()
    counted = described["metrics"] or described["patterns"]
    return [
        Problem("missing-key", f"there is no [[{table}]]", origin=path)
        for table, there in (("source", described["sources"]), ("metric", counted))
        if not there
    ]


def _reserved(plan: Plan, path: str) -> list[Problem]:
    """Metrics whose names are those of the service itself: a scrape may have each name once."""
    return [
        Problem(
            "bad-name",
            f"the service itself has a metric `{name}`, or may have one",
            origin=path,
            hint="give the [[metric]] another name",
        )
        for name in (metric["name"] for metric in plan.describe()["metrics"])
        if name.startswith(_OWN_PREFIX) or name in _OF_PROCESS
    ]


def _expanded(plan: Plan) -> Iterator[str]:
    """The files beside the main one, as they are now."""
    for pattern in plan.files():
        if any(character in pattern for character in "*?["):
            yield from sorted(glob.glob(pattern))  # noqa: PTH207 - a pattern may be absolute
        else:
            yield pattern


def _content_or_stamp(path: str) -> bytes:
    try:
        if os.path.getsize(path) <= _MOST_HASHED_BYTES:  # noqa: PTH202 - a path may be a text
            return Path(path).read_bytes()
    except OSError:
        pass
    return repr(_stamp(path)).encode()


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - a path may be a text
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
