"""Secrets that stand literally in a configuration: nothing that is shown of it holds them."""

import re
from collections.abc import Callable

Mask = Callable[[str], str]
"""What stands for a secret."""

MASK = "***"
# Compiled when they are used: start-up counts.
_KEY = r"""(?ix) [\w"'.-]* (?: password | passwd | passphrase | secret | token | authorization
    | api[_-]?key | access[_-]?key | credential ) [\w"'.-]* \s* [=:] \s*"""
"""A key that names a secret, up to its value."""
_FILE_KEY = r"""(?i)[\w"'.-]*_file["']?\s*[=:]"""
_QUOTED = r'"(?:[^"\\]|\\.)*"?|\'[^\']*\'?'
_URL = r"(?i)\bhttps?://[^\s\"'<>]+"
_LONG_SEGMENT = r"(?<=/)[^/?#]{16,}"
"""Of the path of a URL: what is so long was drawn by lot, as in the addresses of chats."""


def masked_url(url: str) -> str:
    """A URL without what may be a secret in it: password, long parts of the path, parameters."""
    return _masked_url(url, lambda _: MASK)


def masked_line(line: str) -> str:
    """A line of a configuration with an asterisk for each character of a secret in it."""
    found = re.sub(_URL, lambda match: _masked_url(match[0], _same_length), line)
    for key in re.finditer(_KEY, line):
        if not re.match(_FILE_KEY, key[0]):
            # As far as the line goes: a table of headers has several values.
            begin = key.end()
            found = found[:begin] + re.sub(_QUOTED, _masked_text, found[begin:])
    return found


def masked_value(line: str) -> str:
    """A line of a configuration with an asterisk for each character behind its first `=`."""
    key, sign, value = line.partition("=")
    return key + sign + re.sub(r"\S", "*", value)


def _masked_text(match: "re.Match[str]") -> str:
    text = match[0]
    if "${" in text:
        return text
    is_closed = len(text) > 1 and text[-1] == text[0]
    return text[0] + "*" * (len(text) - 1 - is_closed) + (text[0] if is_closed else "")


def _same_length(text: str) -> str:
    return "*" * len(text)


def _masked_url(url: str, mask: Mask) -> str:
    begin, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    user, at, host = host.rpartition("@")
    path, question, query = path.partition("?")
    path = re.sub(_LONG_SEGMENT, lambda match: _unless_named(match[0], mask), f"/{path}")[1:]
    user, query = (_unless_named(text, mask) if text else "" for text in (user, query))
    return f"{begin}://{user}{at}{host}{slash}{path}{question}{query}"


def _unless_named(text: str, mask: Mask) -> str:
    """Variables of the environment are named, not told."""
    return text if "${" in text else mask(text)
