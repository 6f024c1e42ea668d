"""Clients of AWS, and of what speaks its protocols."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from logagent.aws import failure, refusal
from logagent.sources.source import SourceError

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
        raise SourceError(f"{what}: {failure(error)}") from None
