"""HTTPS: certificate and key of the service."""

import ssl
from collections.abc import Mapping
from typing import Any

from logagent.errors import ConfigError, Problem


def server_context(agent: Mapping[str, Any]) -> ssl.SSLContext | None:
    """What HTTPS is spoken with, TLS 1.2 or newer; None where the `[agent]` of a plan names none.

    Raises `ConfigError`.
    """
    if agent["tls_cert"] is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    renew(context, agent)
    return context


def renew(context: ssl.SSLContext, agent: Mapping[str, Any]) -> None:
    """Load certificate and key again; later connections get them. Raises `ConfigError`."""
    cert, key = agent["tls_cert"], agent["tls_key"]
    for path in (cert, key):
        try:
            with open(path, "rb"):  # noqa: PTH123 - whether it can be read, which ssl does not say
                pass
        except OSError as error:
            reason = f"cannot read it: {error.strerror or error}"
            raise ConfigError([Problem("unreadable-file", reason, origin=path)]) from None
    try:
        # A key with a passphrase would be asked for on a terminal.
        context.load_cert_chain(cert, key, password=lambda: "")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        message = f"no certificate with its key in {key} (PEM, without a passphrase)"
        problem = Problem("bad-value", message, origin=cert, hint=_reason(error))
        raise ConfigError([problem]) from None


def _reason(error: Exception) -> str | None:
    return getattr(error, "reason", None) or str(error) or None
