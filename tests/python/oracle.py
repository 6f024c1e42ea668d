"""An independent and slow reader of logs, in plain Python: what the core must agree with.

It shares nothing with the core but the definitions: a line ends at a line feed, a carriage return
before it is not part of the line, a line counts only if its format's regex matches it whole.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

LINE_LIMIT_BYTES = 1 << 20
ABSENT = (b"", b"-")

Key = tuple[str | None, ...]


def _whole(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?:" + pattern + rb")\Z", re.DOTALL)


_TIME = rb"\[(?P<time>[^\]]*)\]"
_REQUEST = rb'"(?P<request>(?:[^"\\]|\\.)*)"'
_STATUS = rb"(?P<status>-|[0-9]+)"
_BYTES = rb"(?P<bytes>-|[0-9]+)"
_USER = rb"(?P<user>.*?) "
_APACHE = rb"(?P<remote_addr>[^ ]+) (?P<ident>[^ ]+) " + _USER
_NGINX = rb"(?P<remote_addr>[^ ]+) - " + _USER
_REST = _TIME + b" " + _REQUEST + b" " + _STATUS + b" " + _BYTES
_AGENT = rb'"(?P<referer>(?:[^"\\]|\\.)*)" "(?P<user_agent>(?:[^"\\]|\\.)*)"'
_NUMBER = rb"(?:-|-?[0-9]+(?:\.[0-9]+)?)"

COMMON = _whole(_APACHE + _REST)
COMBINED = _whole(_APACHE + _REST + b" " + _AGENT)
TIMED = _whole(_NGINX + _REST + b" (?P<request_time>" + _NUMBER + b")")
"""The format of `TIMED_NGINX`."""
TIMED_NGINX = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent $request_time'
)
VHOST_APACHE = '%v %h %l %u %t "%r" %>s %b %D'
VHOST = _whole(b"(?P<vhost>[^ ]+) " + _APACHE + _REST + b" (?P<request_time_us>-|[0-9]+)")
"""The format of `VHOST_APACHE`."""

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") (.+)", re.DOTALL)
_PROTOCOL = re.compile(rb" ((?:[A-Z]+|[Hh][Tt][Tt][Pp])/[0-9]+(?:\.[0-9]+)?|[Hh][Tt][Tt][Pp])\Z")
_ABSOLUTE_FORM = re.compile(rb"[^:/?]+://[^/?]*")


def lines_of(content: bytes) -> Iterator[bytes]:
    """The lines of a file, without their ends."""
    *whole, last = content.split(b"\n")
    if last:
        whole.append(last)
    for line in whole:
        yield line.removesuffix(b"\r")


def fields_of(line: bytes, pattern: re.Pattern[bytes]) -> dict[str, bytes] | None:
    """The fields of a line, logged and derived, without absent ones; None if it does not match."""
    match = pattern.match(line)
    if match is None:
        return None
    fields = match.groupdict()
    fields |= _request_parts(fields.get("request", b""))
    target = fields.get("target")
    if target not in (None, *ABSENT):
        origin = _ABSOLUTE_FORM.match(target)
        path, _, query = target[origin.end() if origin else 0 :].partition(b"?")
        fields |= {"path": path, "query": query}
        if path.startswith(b"/"):
            fields["section"] = b"/" + path.split(b"/")[1]
    status = fields.get("status", b"")
    if re.fullmatch(rb"[1-5][0-9][0-9]", status):
        fields["status_class"] = status[:1] + b"xx"
    return {name: value for name, value in fields.items() if value not in (None, *ABSENT)}


def _request_parts(request: bytes) -> dict[str, bytes]:
    """Method, target and protocol of a request line; nothing if it is none."""
    parts = _REQUEST_LINE.fullmatch(request.removesuffix(b" "))
    if parts is None:
        return {}
    method, target = parts.groups()
    protocol = _PROTOCOL.search(target)
    if protocol is None:
        return {"method": method, "target": target}
    target = target[: protocol.start()]
    return {"method": method, "target": target, "protocol": protocol[1]} if target else {}


@dataclass
class Count:
    """What a scan must find."""

    lines: int = 0
    matched: int = 0
    rejected: int = 0
    bytes: int = 0
    empty: int = 0
    oversize: int = 0
    groups: Counter[Key] = field(default_factory=Counter)
    sums: dict[str, dict[Key, Decimal]] = field(default_factory=dict)

    def times(self, copies: int) -> "Count":
        """What `copies` of the content hold, one after the other, if it ends in a line feed."""
        return Count(
            lines=self.lines * copies,
            matched=self.matched * copies,
            rejected=self.rejected * copies,
            bytes=self.bytes * copies,
            empty=self.empty * copies,
            oversize=self.oversize * copies,
            groups=Counter({key: count * copies for key, count in self.groups.items()}),
            sums={
                name: {key: value * copies for key, value in by_group.items()}
                for name, by_group in self.sums.items()
            },
        )


def count(
    content: bytes,
    pattern: re.Pattern[bytes],
    by: Sequence[str] = ("method", "status"),
    sums: Sequence[str] = (),
) -> Count:
    """Count the lines of `content` by fields, and add up others."""
    found = Count(bytes=len(content), sums={name: {} for name in sums})
    for line in lines_of(content):
        found.lines += 1
        fields = None
        if not line:
            found.empty += 1
        elif len(line) > LINE_LIMIT_BYTES:
            found.oversize += 1
        else:
            fields = fields_of(line, pattern)
        if fields is None:
            found.rejected += 1
            continue
        found.matched += 1
        labels = (fields.get(name) for name in by)
        key = tuple(None if value is None else value.decode("utf-8", "replace") for value in labels)
        found.groups[key] += 1
        for name in sums:
            value = fields.get(name, b"0").decode("ascii")
            added = Decimal(0) if value == "-1" else Decimal(value)
            found.sums[name][key] = found.sums[name].get(key, Decimal(0)) + added
    return found
