from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from logagent.sources.listing import Listing
from logagent.sources.notifications import Object
from logagent.sources.objects import key_of
from logagent.sources.source import Stopped
from tests.python.sources.feeds import RecordedFeed, stop_at

DAY = 86_400
REMEMBER = 10 * DAY
PAGE = 3


class Bucket:
    """As much of a client of S3 as listing uses."""

    def __init__(self) -> None:
        self.now = 100.0 * DAY
        self.objects: dict[str, tuple[str, float]] = {}
        self.requests = 0

    def put(self, key: str, etag: str = "e", *, age: float = 0) -> None:
        self.objects[key] = (etag, self.now - age)

    def list_objects_v2(self, **options: str) -> dict[str, Any]:
        self.requests += 1
        after = options.get("ContinuationToken") or options.get("StartAfter") or ""
        keys = sorted(key for key in self.objects if key > after)
        page = keys[:PAGE]
        now = datetime.fromtimestamp(self.now, UTC)
        answer: dict[str, Any] = {
            "Contents": [self._item(key) for key in page],
            "ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(now, usegmt=True)}},
        }
        if len(page) < len(keys):
            answer["NextContinuationToken"] = page[-1]
        return answer

    def _item(self, key: str) -> dict[str, Any]:
        etag, modified = self.objects[key]
        stamp = datetime.fromtimestamp(modified, UTC)
        return {"Key": key, "ETag": f'"{etag}"', "LastModified": stamp, "Size": 7}


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def feed() -> RecordedFeed:
    return RecordedFeed()


def listing(bucket: Bucket) -> Listing:
    return Listing(bucket, "logs", "", remember_seconds=REMEMBER, path="s3://logs/")


def count(feed: RecordedFeed, found: Object) -> None:
    done = {"etag": found.etag, "done": True, "modified": found.modified, "at": 0}
    feed.count(key_of(found), done, found.key.encode() + b"\n", "s3://logs/")


def read(bucket: Bucket, feed: RecordedFeed) -> list[str]:
    """One pass; what it counted."""
    found = []
    for one in listing(bucket).pass_over(feed):
        count(feed, one)
        found.append(one.key)
    return found


def remembered(feed: RecordedFeed) -> int:
    return len(list(feed.positions("object/")))


def test_each_generation_is_found_once(bucket: Bucket, feed: RecordedFeed) -> None:
    for key in "abcdefg":
        bucket.put(key)
    listing(bucket).begin(feed, at_end=False)
    assert read(bucket, feed) == list("abcdefg")
    assert read(bucket, feed) == []
    bucket.put("c", "another")
    bucket.put("aa")
    assert read(bucket, feed) == ["aa", "c"]
    assert read(bucket, feed) == []


def test_at_the_end_what_is_there_is_left_out(bucket: Bucket, feed: RecordedFeed) -> None:
    bucket.put("old", age=60)
    listing(bucket).begin(feed, at_end=True)
    listing(bucket).begin(feed, at_end=True)
    bucket.now += 60
    bucket.put("new")
    assert read(bucket, feed) == ["new"]


def test_a_backlog_needs_no_more_memory_than_what_is_new(
    bucket: Bucket, feed: RecordedFeed
) -> None:
    for number in range(500):
        bucket.put(f"old-{number:03}", age=20 * DAY)
    for number in range(20):
        bucket.put(f"new-{number:03}")
    listing(bucket).begin(feed, at_end=False)
    most = 0
    for found in listing(bucket).pass_over(feed):
        count(feed, found)
        most = max(most, remembered(feed))
    assert len(feed.lines) == 520
    assert most <= 20 + PAGE
    assert remembered(feed) == 20
    assert read(bucket, feed) == []
    # When they are old enough they are forgotten, and still not counted again.
    bucket.now += 2 * REMEMBER
    assert read(bucket, feed) == []
    assert remembered(feed) == 0
    assert read(bucket, feed) == []


@pytest.mark.parametrize("calls", range(2, 40, 3))
def test_a_pass_that_was_cut_off_goes_on(bucket: Bucket, feed: RecordedFeed, calls: int) -> None:
    for number in range(10):
        bucket.put(f"old-{number:03}", age=20 * DAY)
        bucket.put(f"new-{number:03}")
    listing(bucket).begin(feed, at_end=False)
    stop_at(feed, calls)
    try:
        read(bucket, feed)
    except Stopped:
        feed.on_count = lambda: None
        read(bucket, feed)
    assert sorted(feed.content.split()) == sorted(name.encode() for name in bucket.objects)
    assert read(bucket, feed) == []
    assert remembered(feed) == 10


def test_a_bucket_at_rest_is_only_listed(bucket: Bucket, feed: RecordedFeed) -> None:
    bucket.put("a")
    listing(bucket).begin(feed, at_end=False)
    read(bucket, feed)
    counted = feed.counted
    for _ in range(5):
        bucket.now += 60
        assert read(bucket, feed) == []
    assert feed.counted == counted
