"""Notifications of new objects, as S3 sends them to SQS: directly, by SNS or by EventBridge.

"Event message structure" and "EventBridge event message structure" of the Amazon S3 User Guide.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

import orjson

_CREATED = "ObjectCreated:"
_TEST_EVENT = "s3:TestEvent"
_BRIDGED_CREATED = "Object Created"
_DEEPEST = 3
"""Envelopes around an event: SNS, and one more for queues behind it."""


class Object(NamedTuple):
    """A generation of an object."""

    bucket: str
    key: str
    etag: str
    """Without quotes; empty where the notification has none."""
    version: str | None = None
    modified: float | None = None
    """Unix seconds, if known."""


class NotificationError(Exception):
    """A message that is no notification; the text says why."""


def objects_of(body: str) -> list[Object]:
    """The objects that a message says were made; none of other events.

    Raises `NotificationError`.
    """
    try:
        return [*_objects(orjson.loads(body), 0)]
    except orjson.JSONDecodeError:
        raise NotificationError("is no JSON") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise NotificationError(f"is no notification of S3 ({error!r})") from None


def _objects(event: Any, depth: int) -> Iterator[Object]:  # noqa: ANN401 - JSON
    if depth == _DEEPEST:
        raise NotificationError("has too many envelopes")
    if isinstance(event.get("Message"), str):
        yield from _objects(orjson.loads(event["Message"]), depth + 1)
    elif event.get("source") == "aws.s3":
        if event["detail-type"] == _BRIDGED_CREATED:
            yield _bridged(event["detail"])
    elif "Records" in event:
        for record in event["Records"]:
            # "s3:ObjectCreated:Put" where the queue is filled from elsewhere.
            if record["eventName"].removeprefix("s3:").startswith(_CREATED):
                yield _recorded(record["s3"])
    elif event.get("Event") != _TEST_EVENT:
        raise NotificationError("is no notification of S3")


def _recorded(entity: Mapping[str, Any]) -> Object:
    found = entity["object"]
    # Keys come as in the query of a URL.
    key = unquote_plus(found["key"])
    return Object(
        _text(entity["bucket"]["name"]), key, found.get("eTag") or "", found.get("versionId")
    )


def _bridged(detail: Mapping[str, Any]) -> Object:
    found = detail["object"]
    return Object(
        _text(detail["bucket"]["name"]),
        _text(found["key"]),
        found.get("etag") or "",
        found.get("version-id"),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
