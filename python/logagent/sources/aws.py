"""Clients of AWS, and of what speaks its protocols, and their errors in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from logagent.sources.source import SourceError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

Client = Any
"""A client of boto3, which makes their classes as it goes, without types."""

_CONNECT_SECONDS = 5
_READ_SECONDS = 20
_ATTEMPTS = 3
"""Of a request; what fails then is tried again by the service, which says so."""


def client(service: str, *, region: str | None, endpoint: str | None) -> Client:
    """A client of this service; raises `SourceError`."""
    import boto3
    from botocore.config import Config

    settings = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        user_agent_extra="logagent",
    )
    with errors(f"cannot use {service}"):
        # The default session is shared by all threads, and is not made for that.
        session = boto3.session.Session()
        return session.client(service, region_name=region, endpoint_url=endpoint, config=settings)


@contextmanager
def errors(what: str) -> Iterator[None]:
    """Turn what boto3 raises into a `SourceError`, one line that begins with `what`."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise SourceError(f"{what}: {refusal(error)}") from None
    except BotoCoreError as error:
        # Its own text repeats the whole address.
        endpoint = error.kwargs.get("endpoint_url")
        reason = _root(error.kwargs.get("error", error))
        if endpoint is not None:
            parts = urlsplit(endpoint)
            reason = f"{parts.scheme}://{parts.netloc} cannot be reached ({reason})"
        raise SourceError(f"{what}: {reason}") from None


def code(error: "ClientError") -> str:
    """The code of a refusal, such as ``NoSuchKey`` or ``404``."""
    return str(error.response.get("Error", {}).get("Code", "")) or "?"


def refusal(error: "ClientError") -> str:
    """What the service says, in one line."""
    message = str(error.response.get("Error", {}).get("Message", "")) or "refused"
    return f"{message} ({code(error)})"


def _root(error: object) -> str:
    """The innermost reason, without the classes around it."""
    reason = getattr(error, "reason", None)
    text = str(error if reason is None else reason)
    return " ".join(text.split("\n", 1)[0].rsplit(">: ", 1)[-1].split()) or type(error).__name__
