"""Where a service answers, and what it wants to see."""

import base64
import ssl
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from logagent.config import read_text
from logagent.errors import ArgumentError

_PORTS = {"http": 80, "https": 443}


class Address(NamedTuple):
    """A service, and how to reach it."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    authorization: str | None = None
    prefix: str = ""
    """What comes before its paths, behind a proxy."""

    @classmethod
    def of_url(
        cls, url: str, *, token: str | None = None, tls: ssl.SSLContext | None = None
    ) -> "Address":
        """That of ``http://host:port``, ``https://user:password@host``. Raises `ArgumentError`."""
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            port = parts.port
        except ValueError as error:
            raise ArgumentError.of("url", f"`{url}` is no address: {error}") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            hint = "such as http://127.0.0.1:9966"
            raise ArgumentError.of("url", f"`{url}` is no address of a service", hint=hint)
        authorization = None if token is None else f"Bearer {token}"
        if authorization is None and parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            authorization = f"Basic {base64.b64encode(pair).decode()}"
        context = None if parts.scheme == "http" else tls or ssl.create_default_context()
        prefix = parts.path.rstrip("/")
        return cls(parts.hostname, port or _PORTS[parts.scheme], context, authorization, prefix)

    @classmethod
    def of_agent(cls, agent: Mapping[str, Any]) -> "Address":
        """That of the service with this ``agent`` of `Plan.describe`, on this machine."""
        host, _, port = agent["listen"].rpartition(":")
        host = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host)  # noqa: S104 - compared
        token = None
        if agent["token_file"] is not None:
            token = read_text(agent["token_file"]).split("\n", 1)[0].strip()
        return cls(
            host.strip("[]"),
            int(port),
            _trust_in(agent["tls_cert"]) if agent["tls_cert"] is not None else None,
            None if token is None else f"Bearer {token}",
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.tls is None else 'https'}://{host}:{self.port}{self.prefix}"


def _trust_in(certificate: str) -> ssl.SSLContext:
    """Trust in the service's own certificate, whatever name of this machine it is for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(certificate)
    return context
