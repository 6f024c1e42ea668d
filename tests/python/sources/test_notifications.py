import json
from typing import Any

import pytest

from logagent.sources.notifications import NotificationError, Object, objects_of


def record(key: str, event: str = "ObjectCreated:Put", **more: str) -> dict[str, Any]:
    found = {"key": key, "size": 10, "eTag": "e1", **more}
    return {"eventName": event, "s3": {"bucket": {"name": "logs"}, "object": found}}


def test_events_of_s3_name_what_was_made() -> None:
    records = [
        record("2026/11/22/edge+1%3D%C3%A4.gz"),
        record("gone.gz", "ObjectRemoved:Delete"),
        record("b", "s3:ObjectCreated:CompleteMultipartUpload", versionId="v7"),
    ]
    body = json.dumps({"Records": records})
    expected = [Object("logs", "2026/11/22/edge 1=ä.gz", "e1"), Object("logs", "b", "e1", "v7")]
    assert objects_of(body) == expected
    assert objects_of(json.dumps({"Type": "Notification", "Message": body})) == expected


def test_events_of_eventbridge() -> None:
    detail = {"bucket": {"name": "logs"}, "object": {"key": "a+b", "etag": "e2"}}
    event = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
    assert objects_of(json.dumps(event)) == [Object("logs", "a+b", "e2")]
    assert objects_of(json.dumps({**event, "detail-type": "Object Deleted"})) == []


def test_the_event_that_tests_a_queue_names_nothing() -> None:
    assert objects_of('{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"logs"}') == []


@pytest.mark.parametrize(
    "body",
    [
        "what",
        "[]",
        "7",
        "{}",
        '{"Records": 1}',
        '{"Records": [{}]}',
        '{"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": 1}}}]}',
        json.dumps({"Message": json.dumps({"Message": json.dumps({"Message": "{}"})})}),
        json.dumps({"Message": "no JSON"}),
    ],
)
def test_other_messages_are_refused(body: str) -> None:
    with pytest.raises(NotificationError, match=r"^(is no|has too many)"):
        objects_of(body)
