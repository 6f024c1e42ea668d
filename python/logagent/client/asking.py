"""Single requests to a service."""

import http.client
from collections.abc import Mapping
from typing import Any

import orjson

from logagent.client.address import Address
from logagent.client.session import RefusedError
from logagent.errors import LogagentError

_TIMEOUT_SECONDS = 60.0
_OK = 200


def ask(
    address: Address, path: str, *, body: bytes | None = None, media_type: str = "application/json"
) -> Mapping[str, Any]:
    """The JSON object that the service answers, to a POST with a body. Raises `LogagentError`."""
    if address.tls is None:
        connection = http.client.HTTPConnection(
            address.host, address.port, timeout=_TIMEOUT_SECONDS
        )
    else:
        connection = http.client.HTTPSConnection(
            address.host, address.port, timeout=_TIMEOUT_SECONDS, context=address.tls
        )
    headers = {} if address.authorization is None else {"Authorization": address.authorization}
    if body is not None:
        headers["Content-Type"] = media_type
    try:
        method = "GET" if body is None else "POST"
        connection.request(method, address.prefix + path, body=body, headers=headers)
        answer = connection.getresponse()
        content = _object(answer.read())
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "is it running? see `logagent run`"
        raise LogagentError(f"cannot reach the service at {address}: {reason}", hint=hint) from None
    finally:
        connection.close()
    if answer.status != _OK:
        message = content.get("text") or content.get("error") or answer.reason
        text = f"{address} refuses ({answer.status}): {message}"
        raise RefusedError(text, answer.status, hint=content.get("hint"))
    return content


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
