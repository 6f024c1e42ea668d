"""Objects of a bucket found by listing it, in bounded memory.

Each object that was counted has a position, which is forgotten when the object is older than
`remember`: objects from before the *horizon* are all counted, or were there before the beginning.
While a pass over the bucket moves the horizon, the key up to which it got takes the place of the
positions of older objects, so a backlog of any size needs no more of them.
"""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

from logagent.sources import aws
from logagent.sources.notifications import Object
from logagent.sources.objects import PREFIX, is_done, key_of
from logagent.sources.source import Feed

_KEY = "listing"
_STEP_SHARE = 24
"""The horizon moves when it lies this part of `remember` behind."""


class Listing:
    """The objects of a bucket below a prefix that are not counted yet."""

    def __init__(
        self,
        client: aws.Client,
        bucket: str,
        prefix: str,
        *,
        remember_seconds: float,
        path: str,
    ) -> None:
        """`path` is what positions without lines are tallied under."""
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._remember_seconds = remember_seconds
        self._path = path

    def begin(self, feed: Feed, *, at_end: bool) -> None:
        """At the first start: leave out what is there, if counting is to begin at the end."""
        if feed.position(_KEY) is None:
            horizon = self._clock() if at_end else 0.0
            self._remember(feed, {"horizon": horizon, "next": horizon, "cursor": None})

    def pass_over(self, feed: Feed) -> Iterator[Object]:
        """The objects to count, each generation once; the caller counts each as it comes.

        Raises `SourceError`.
        """
        state = dict(feed.position(_KEY) or {"horizon": 0.0, "next": 0.0, "cursor": None})
        if state["cursor"] is None:
            horizon = self._clock() - self._remember_seconds
            is_due = horizon > state["horizon"] + self._remember_seconds / _STEP_SHARE
            state["next"] = horizon if is_due else state["horizon"]
        is_moving = state["next"] > state["horizon"]
        for page in self._pages(state["cursor"]):
            contents = page.get("Contents", ())
            for item in contents:
                found = self._object(item)
                is_new = (found.modified or 0.0) >= state["horizon"] and item["Size"] > 0
                if is_new and not is_done(feed, found):
                    yield found
            if is_moving and contents:
                state["cursor"] = contents[-1]["Key"]
                self._remember(feed, state)
                self._forget_old(feed, map(self._object, contents), state["next"])
        if is_moving:
            self._remember(feed, {**state, "horizon": state["next"], "cursor": None})
            feed.forget(
                key
                for key, position in feed.positions(PREFIX)
                if (position.get("modified") or state["next"]) < state["next"]
            )

    def _forget_old(self, feed: Feed, objects: Iterator[Object], before: float) -> None:
        old = (key_of(found) for found in objects if (found.modified or before) < before)
        feed.forget(key for key in old if feed.position(key) is not None)

    def _remember(self, feed: Feed, state: dict[str, Any]) -> None:
        feed.count(_KEY, state, b"", self._path)

    def _pages(self, cursor: str | None) -> Iterator[dict[str, Any]]:
        options = {"Bucket": self._bucket, "Prefix": self._prefix}
        if cursor is not None:
            options["StartAfter"] = cursor
        token: str | None = None
        while True:
            with aws.errors(f"s3://{self._bucket}/{self._prefix}"):
                more = {} if token is None else {"ContinuationToken": token}
                page = self._client.list_objects_v2(**options, **more)
            yield page
            token = page.get("NextContinuationToken")
            if token is None:
                return

    def _clock(self) -> float:
        """The time there, in Unix seconds: what objects are stamped by."""
        with aws.errors(f"s3://{self._bucket}"):
            answer = self._client.list_objects_v2(Bucket=self._bucket, MaxKeys=1)
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        return time.time() if date is None else parsedate_to_datetime(date).timestamp()

    def _object(self, item: dict[str, Any]) -> Object:
        return Object(
            self._bucket,
            item["Key"],
            item["ETag"].strip('"'),
            modified=item["LastModified"].timestamp(),
        )
