"""InfluxDB: line protocol over HTTP, to version 1 (`/write`), 2 and 3 (`/api/v2/write`).

The protocol is that of InfluxData's documentation, "Line protocol reference" and "Write data with
the InfluxDB API". A point is known by its measurement, tags and time, so a second one replaces the
first: repeats do no harm.
"""

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from logagent import posting
from logagent.errors import Problem
from logagent.options import Holds, Option, Table, problem
from logagent.sinks.points import decimal
from logagent.sinks.sink import COMMON_OPTIONS, Frame, Mode, Refused, Window, batched

_MOST_POINTS = 5_000
"""The size of a batch that InfluxDB's documentation recommends."""
_MOST_BYTES = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_LEVEL = 6
_PLACEHOLDER = "¦"
_SPECIAL_IN_NAMES = re.compile("([, ])")
_SPECIAL_IN_TAGS = re.compile("([,= ])")
_SPECIAL_IN_TEXTS = re.compile(r'(["\\])')
# "partial write: … dropped=1": the other points of the request are written.
_DROPPED = re.compile(r"dropped=(\d+)")
_PARTIAL = "partial write"
_SPLIT_STATUSES = (400, 413, 422)


class InfluxDb:
    """A database (version 1) or bucket (versions 2 and 3)."""

    OPTIONS: ClassVar[Sequence[Option]] = (
        *posting.HTTP_OPTIONS,
        Option("database", Holds.TEXT, "The database, in version 1."),
        Option("retention_policy", Holds.TEXT, "Its retention policy, if not the default one."),
        Option("username", Holds.TEXT, "The user, in version 1."),
        Option(
            "password",
            Holds.TEXT,
            "Its password; best as `${NAME}` of the environment.",
            is_secret=True,
        ),
        Option("password_file", Holds.TEXT, "A file that holds the password."),
        Option("bucket", Holds.TEXT, "The bucket, in version 2, or database, in version 3."),
        Option("org", Holds.TEXT, "The organisation, in version 2."),
        Option(
            "token",
            Holds.TEXT,
            "The API token; best as `${NAME}` of the environment.",
            is_secret=True,
        ),
        Option("token_file", Holds.TEXT, "A file that holds the token."),
        Option(
            "tags",
            Holds.NAMES,
            'Tags of every point, such as `{ proxy = "${HOSTNAME}" }`. Agents that write to one '
            "bucket need different ones, or they overwrite each other's points.",
            default={},
        ),
        Option("gzip", Holds.BOOLEAN, "Whether requests are compressed.", default=True),
        *COMMON_OPTIONS,
    )
    mode: ClassVar[Mode] = Mode.OVERWRITES

    @classmethod
    def check(
        cls, table: Table, options: Mapping[str, Any], _described: Mapping[str, Any]
    ) -> Iterable[Problem]:
        """What is wrong with the options together."""
        yield from posting.url_problems(table, options)
        if (options["database"] is None) == (options["bucket"] is None):
            message = "it needs either `database` (version 1) or `bucket` (versions 2 and 3)"
            yield problem(table, "bucket", "missing-key", message)
        yield from posting.label_problems(table, options, "tags")
        for name in ("password", "token"):
            yield from posting.secret_problems(table, options, name)
        for key, names in (("database", _OF_DATABASES), ("bucket", _OF_BUCKETS)):
            for name in names:
                if options[name] is not None and options[key] is None:
                    message = f"`{name}` goes with `{key}` only"
                    yield problem(table, name, "conflict", message)
        has_password = options["password"] is not None or options["password_file"] is not None
        if (options["username"] is not None) != has_password:
            yield problem(table, "username", "missing-key", "`username` and `password` go together")

    def __init__(self, _name: str, options: Mapping[str, Any]) -> None:
        self._options = options
        self._endpoint = posting.Endpoint(
            options["url"], ca_file=options["ca_file"], timeout_seconds=options["timeout"]
        )
        if options["database"] is not None:
            path = "/write"
            names = {"db": options["database"], "rp": options["retention_policy"]}
        else:
            path = "/api/v2/write"
            names = {"org": options["org"], "bucket": options["bucket"]}
        query = urlencode({key: name for key, name in names.items() if name} | {"precision": "ns"})
        self._target = f"{self._endpoint.path}{path}?{query}"

    def frames(self, windows: Iterable[Window]) -> Iterator[Frame]:
        """Bodies of requests."""
        tags = tuple(self._options["tags"].items())
        points = (point for window in windows for point in window_points(window, tags))
        for lines in batched(points, most=_MOST_POINTS, most_bytes=_MOST_BYTES):
            body = b"".join(lines)
            if self._options["gzip"]:
                body = gzip.compress(body, _GZIP_LEVEL, mtime=0)
            yield Frame(body, len(lines))

    def send(self, frame: bytes, sequence: int) -> None:  # noqa: ARG002 - points have their place
        """Write the points; raises `Retry` or `Refused`."""
        refused = self._write(frame)
        if refused:
            count = sum(points for points, _ in refused)
            text = f"{self._endpoint.shown} refused {count} points: {refused[0][1]}"
            raise Refused(text, points=count)

    def close(self) -> None:
        """Close the connection."""
        self._endpoint.close()

    def _write(self, body: bytes) -> list[tuple[int, str]]:
        """Write the points; how many were refused, and why. Raises `Retry`."""
        headers = {"Content-Type": "text/plain; charset=utf-8", **self._authorization()}
        if body.startswith(_GZIP_MAGIC):
            headers["Content-Encoding"] = "gzip"
        answer = self._endpoint.post(self._target, body, headers)
        if answer.is_success:
            return []
        if answer.status not in _SPLIT_STATUSES:
            raise posting.retry_of(self._endpoint.shown, answer)
        dropped = _DROPPED.search(answer.text)
        if _PARTIAL in answer.text and dropped is not None and int(dropped[1]) > 0:
            return [(int(dropped[1]), answer.summary())]
        # Perhaps nothing of it was written: halves, until what is wrong is alone.
        lines = plain(body).splitlines(keepends=True)
        if len(lines) == 1:
            return [(1, answer.summary())]
        middle = len(lines) // 2
        halves = (b"".join(lines[:middle]), b"".join(lines[middle:]))
        return [refused for half in halves for refused in self._write(half)]

    def _authorization(self) -> dict[str, str]:
        if self._options["username"] is not None:
            password = posting.secret(self._options, "password") or ""
            return {"Authorization": posting.basic(self._options["username"], password)}
        token = posting.secret(self._options, "token")
        return {} if token is None else {"Authorization": f"Token {token}"}


_OF_DATABASES = ("retention_policy", "username", "password", "password_file")
_OF_BUCKETS = ("org", "token", "token_file")


def plain(frame: bytes) -> bytes:
    """The lines of a frame."""
    return gzip.decompress(frame) if frame.startswith(_GZIP_MAGIC) else frame


def window_points(window: Window, tags: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    """The lines of a window's series, with these tags too.

    A generation is added to the time, in nanoseconds: so the points of two definitions of a metric
    stand side by side.
    """
    time_ns = window.start * 10**9 + window.generation
    measurement = _escaped(_SPECIAL_IN_NAMES, window.metric)
    for labels, values in window.series():
        pairs = [*labels.items(), *((name, text) for name, text in tags if name not in labels)]
        key = "".join(
            f",{_escaped(_SPECIAL_IN_TAGS, name)}={_tag_value(text)}" for name, text in pairs
        )
        fields = ",".join(f"{name}={value}" for name, value in _fields(values))
        yield f"{measurement}{key} {fields} {time_ns}\n".encode()


def _tag_value(text: str) -> str:
    """A tag's value: not empty, and with no backslash at its end, which would hide what follows.

    Such ones get a sign more, and so do those that end with that sign: no two become one.
    """
    if not text or text.endswith(("\\", _PLACEHOLDER)):
        text += _PLACEHOLDER
    return _escaped(_SPECIAL_IN_TAGS, text)


def _escaped(special: re.Pattern[str], text: str) -> str:
    return special.sub(r"\\\1", text)


def _fields(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and values of fields: counts whole, all else floats, whatever comes first."""
    yield "count", f"{values['count']}i"
    if values.get("value") is not None:
        yield "value", _float(values["value"])
    for name, total in values.get("sums", {}).items():
        yield f"sum_{_escaped(_SPECIAL_IN_TAGS, name)}", _float(total)
    for bound, count in values.get("buckets", {}).items():
        yield f"le_{decimal(bound)}", f"{count}i"
    for quantile, value in values.get("quantiles", {}).items():
        if value is not None:
            yield f"q_{decimal(quantile)}", _float(value)
    if "distinct" in values:
        yield "distinct", f"{values['distinct']}i"
    for place, (text, count, *_) in enumerate(values.get("top", ()), 1):
        yield f"top_{place}", f'"{_escaped(_SPECIAL_IN_TEXTS, text)}"'
        yield f"top_{place}_count", f"{count}i"


def _float(value: float) -> str:
    return repr(float(value))
