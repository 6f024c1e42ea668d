"""Makers of log lines, realistic and hostile, for property tests."""

from typing import Any

from hypothesis import strategies as st

SAMPLE = (
    b'192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET /api/items?id=7 HTTP/1.1" 200 23 "-" "curl"\n'
    b'2001:db8::7 - frank [10/Oct/2026:13:55:37 +0000] "POST /login HTTP/2.0" 302 - '
    b'"https://shop.example/" "Mozilla/5.0 (X11; \\"q\\" \\x22)"\r\n'
    b"\n"
    b'198.51.100.9 - - [10/Oct/2026:13:55:38 +0000] "" 400 0 "-" "-"\n'
    b'198.51.100.9 - - [10/Oct/2026:13:55:39 +0000] "\\x16\\x03\\x01\\x02" 400 157 "-" "-"\n'
    b"not a line of this format\n"
    b'192.0.2.1 - - [10/Oct/2026:13:55:40 +0000] "GET / HTTP/1.1" 304 0 "-" "caf\xc3\xa9 \xff"'
)
"""Seven lines in the combined format, with all that is odd; the last one has no line feed."""

SAMPLE_GROUPS: list[dict[str, Any]] = [
    {"method": "GET", "status": "200", "count": 1},
    {"method": "GET", "status": "304", "count": 1},
    {"method": "POST", "status": "302", "count": 1},
    {"method": None, "status": "400", "count": 2},
]
"""What `SAMPLE` holds by method and status, in no order."""

_address = st.sampled_from(
    [b"192.0.2.1", b"2001:db8::1", b"::ffff:192.0.2.8", b"host.example", b"-"]
)
_user = st.sampled_from([b"-", b"frank", b"Jane Doe", b"DOMAIN\\user", b""])
_time = st.sampled_from(
    [b"10/Oct/2026:13:55:36 +0000", b"01/Jan/1970:00:00:00 -1200", b"", b"not a time"]
)
_digits = st.one_of(
    st.sampled_from([b"-", b"0", b"007"]), st.integers(0, 10**12).map(lambda n: b"%d" % n)
)
_status = st.one_of(
    st.sampled_from([b"200", b"301", b"404", b"500", b"099", b"600", b"1000", b"-"]), _digits
)

# Bytes that a quoted field cannot hold, and a backslash before the closing quote, are found among
# the mutations below.
_byte_runs = st.binary(max_size=12).map(
    lambda raw: raw.translate(None, b'"\\\n').removesuffix(b"\r")
)
_quoted = st.lists(
    st.one_of(
        st.sampled_from(
            [b'\\"', b"\\x22", b"\\\\", b"\\x16\\x03", b" ", b"?", b"/", b"caf\xc3\xa9", b"\x00"]
        ),
        _byte_runs,
    ),
    max_size=6,
).map(b"".join)

_method = st.sampled_from([b"GET", b"POST", b"PROPFIND", b"X-Y.Z!", b"get", b"G(T", b""])
_path = st.lists(
    st.sampled_from([b"a", b"api", b"..", b"%2F", b"\xd0\xb6", b"x y", b"\\x22", b""]), max_size=4
)
_target = st.one_of(
    _path.map(lambda parts: b"/" + b"/".join(parts)),
    st.sampled_from(
        [
            b"*",
            b"example.com:443",
            b"http://example.com/a/b?c",
            b"https://example.com/",
            b"/x?",
            b"/?a=b?c",
        ]
    ),
)
_protocol = st.sampled_from([b" HTTP/1.1", b" HTTP/2.0", b" HTTP/3", b" HTTP/", b" http/1.1", b""])
_request = st.one_of(
    st.tuples(_method, st.just(b" "), _target, _protocol).map(b"".join),
    st.sampled_from(
        [
            b"",
            b"-",
            b"\\x16\\x03\\x01",
            b"\x16\x03\x01",
            b"GET",
            b"GET ",
            b"GET /x HTTP/1.1 x",
            b"GET  HTTP/1.1",
            b"GET HTTP/1.1",
        ]
    ),
    _quoted,
)

common_line = st.builds(
    lambda *parts: b'%b - %b [%b] "%b" %b %b' % parts,
    _address,
    _user,
    _time,
    _request,
    _status,
    _digits,
)
combined_line = st.builds(lambda *parts: b'%b "%b" "%b"' % parts, common_line, _quoted, _quoted)


_seconds = st.one_of(
    st.sampled_from([b"-", b"0.000", b"-1", b"12", b"0.0000001"]),
    st.integers(0, 10**7).map(lambda ms: b"%d.%03d" % divmod(ms, 1000)),
)
timed_line = st.builds(lambda *parts: b"%b %b" % parts, common_line, _seconds)
vhost_line = st.builds(
    lambda *parts: b'%b %b %b %b [%b] "%b" %b %b %b' % parts,
    st.sampled_from([b"shop.example", b"2001:db8::1", b"-"]),
    _address,
    st.sampled_from([b"-", b"ident"]),
    _user,
    _time,
    _request,
    _status,
    _digits,
    _digits,
)


@st.composite
def _mutated(draw: st.DrawFn, line: st.SearchStrategy[bytes]) -> bytes:
    """A line that was cut, or in which a byte was put, changed or left out."""
    text = draw(line)
    at = draw(st.integers(0, len(text)))
    kept = draw(st.integers(0, 2))
    put = draw(
        st.sampled_from([b"", b'"', b"\\", b" ", b"]", b"[", b"\x00", b"\xff", b"\r", b"x" * 5000])
    )
    return text[:at] + put + (b"" if draw(st.booleans()) else text[at + kept :])


_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
"""How gzip and zstd files begin: what looks like one is read as one."""


def content(line: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Whole files: lines of a format, mutated ones, garbage; either line end, or none at last."""
    any_line = st.one_of(
        line,
        line,
        _mutated(line),
        st.just(b""),
        st.binary(max_size=40),
    ).map(lambda text: text.replace(b"\n", b" "))
    ended = st.tuples(any_line, st.sampled_from([b"\n", b"\n", b"\r\n"])).map(b"".join)
    last = st.one_of(st.just(b""), any_line)
    files = st.tuples(st.lists(ended, max_size=30).map(b"".join), last).map(b"".join)
    return files.filter(lambda whole: not whole.startswith(_COMPRESSED))
