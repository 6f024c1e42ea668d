"""Who may ask the service: whoever carries the token, or is one of the users."""

import asyncio
import base64
import binascii
import hmac
import secrets
from collections.abc import Container, Mapping
from typing import Any

from logagent.config import read_text
from logagent.errors import ConfigError, Problem
from logagent.http.password import PasswordHash

_LEAST_TOKEN_CHARACTERS = 16
_MOST_REMEMBERED = 64


class Access:
    """What requests have to carry; without a token and users, nothing."""

    def __init__(
        self, *, token: str | None = None, users: Mapping[str, PasswordHash] | None = None
    ) -> None:
        self._token = token
        self._users = users
        self._stranger = PasswordHash.of(secrets.token_hex()) if users is not None else None
        # Checking a password is slow on purpose, so credentials that were right are remembered, as
        # a keyed hash; and one is checked at a time, so that guessing takes one processor at most.
        self._key = secrets.token_bytes()
        self._remembered: dict[bytes, None] = {}
        self._checking = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Whether everybody may ask."""
        return self._token is None and self._users is None

    @property
    def challenge(self) -> str:
        """What a refused request should carry, for `WWW-Authenticate`."""
        return 'Basic realm="logagent"' if self._users is not None else "Bearer"

    async def admits(self, authorization: str | None) -> bool:
        """Whether a request with this `Authorization` may ask."""
        if self.is_open:
            return True
        scheme, _, credentials = (authorization or "").partition(" ")
        credentials = credentials.strip()
        match scheme.lower():
            case "bearer" if self._token is not None:
                return hmac.compare_digest(credentials.encode(), self._token.encode())
            case "basic" if self._users is not None:
                return await self._is_user(credentials)
        return False

    async def _is_user(self, credentials: str) -> bool:
        try:
            name, colon, password = (
                base64.b64decode(credentials, validate=True).decode().partition(":")
            )
        except (binascii.Error, ValueError):
            return False
        if not colon or self._users is None or self._stranger is None:
            return False
        mark = hmac.digest(self._key, credentials.encode(), "sha256")
        if mark in self._remembered:
            return True
        # An unknown user takes as long as a wrong password.
        expected = self._users.get(name, self._stranger)
        async with self._checking:
            is_right = await asyncio.to_thread(expected.is_of, password)
        if is_right:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[mark] = None
        return is_right


def load(agent: Mapping[str, Any]) -> Access:
    """What the `[agent]` of a plan asks for.

    Raises `ConfigError` with every problem of the files that it names.
    """
    problems: list[Problem] = []
    token, users = None, None
    if agent["token_file"] is not None:
        token = _token(agent["token_file"], problems)
    if agent["basic_auth_file"] is not None:
        users = _users(agent["basic_auth_file"], problems)
    if problems:
        raise ConfigError(problems)
    return Access(token=token, users=users)


def _token(path: str, problems: list[Problem]) -> str | None:
    lines = _lines(path, problems)
    if lines is None:
        return None
    token = lines[0].strip() if lines else ""
    if len(token) < _LEAST_TOKEN_CHARACTERS or not token.isascii() or not token.isprintable():
        message = (
            f"the first line is no token of at least {_LEAST_TOKEN_CHARACTERS} ASCII characters"
        )
        hint = f"openssl rand -hex 32 > {path}"
        problems.append(Problem("bad-value", message, origin=path, line=1, hint=hint))
    return token


def _users(path: str, problems: list[Problem]) -> dict[str, PasswordHash] | None:
    lines = _lines(path, problems)
    if lines is None:
        return None
    users: dict[str, PasswordHash] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            name, password_hash = _user(line.strip(), users)
            users[name] = password_hash
        except ValueError as error:
            hint = "logagent run --hash-password makes a hash"
            problems.append(Problem("bad-value", str(error), origin=path, line=number, hint=hint))
    if not users and not problems:
        problems.append(Problem("bad-value", "there is no user", origin=path))
    return users


def _user(line: str, known: Container[str]) -> tuple[str, PasswordHash]:
    name, _, text = line.partition(":")
    if not name:
        raise ValueError("no name before a colon")
    if name in known:
        raise ValueError(f"`{name}` is there already")
    return name, PasswordHash.parse(text)


def _lines(path: str, problems: list[Problem]) -> list[str] | None:
    try:
        return read_text(path).splitlines()
    except ConfigError as error:
        problems += error.problems
        return None
