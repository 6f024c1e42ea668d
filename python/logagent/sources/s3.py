"""Objects of S3: found by listing a bucket, or by notifications in an SQS queue."""

import time
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import closing
from importlib.util import find_spec
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from logagent.errors import Problem
from logagent.options import Holds, Option, Table, problem
from logagent.sources import aws, objects
from logagent.sources.listing import Listing
from logagent.sources.notifications import NotificationError, Object, objects_of
from logagent.sources.objects import PREFIX, UnreadableError
from logagent.sources.source import Feed, Figure, Kind, SourceError, Until

if TYPE_CHECKING:
    from logagent.extensions import Declared

_DAY_SECONDS = 86_400.0
_RECEIVE_SECONDS = 1
"""A request for messages that waits longer could not be ended within a second."""
_MESSAGES = 10
_MOST_WAITING = 1_000
"""Messages whose counts are not durable yet."""
_SETTLE_SECONDS = 10.0
_LOOK_SECONDS = 60.0
_SWEEP_SECONDS = 3_600.0


class _Waiting(NamedTuple):
    """A message to delete when what it led to is durable."""

    number: int
    receipt: str


class S3Source:
    """Counts each object of a bucket once."""

    OPTIONS: ClassVar[tuple[Option, ...]] = (
        Option("bucket", Holds.TEXT, "The bucket; with `queue`, other buckets are left out."),
        Option("prefix", Holds.TEXT, "Only objects whose keys begin so.", default=""),
        Option("queue", Holds.TEXT, "URL of an SQS queue with notifications, instead of listing."),
        Option("every", Holds.DURATION, "How often the bucket is listed.", default=60.0, least=1.0),
        Option(
            "remember",
            Holds.DURATION,
            "How long objects that were counted are remembered one by one.",
            default=14 * _DAY_SECONDS,
            least=60.0,
        ),
        Option(
            "visibility",
            Holds.DURATION,
            "How long a message in work is hidden from other readers of the queue.",
            default=600.0,
            least=1.0,
            most=43_200.0,
        ),
        Option("region", Holds.TEXT, "The region, unless the environment says it."),
        Option("endpoint", Holds.TEXT, "URL of another service that speaks the protocol."),
    )

    @classmethod
    def check(
        cls, table: Table, options: Mapping[str, Any], _described: Mapping[str, Any]
    ) -> Iterable[Problem]:
        """A bucket or a queue, and the packages to read them."""
        if options["bucket"] is None and options["queue"] is None:
            message = f"s3 `{table['name']}` needs the key `bucket`, or `queue`"
            yield problem(table, "", "missing-key", message)
        for key in ("queue", "endpoint"):
            if options[key] is not None and not options[key].startswith(("http://", "https://")):
                yield problem(table, key, "bad-value", f"`{key}` is a URL, with https://")
        if find_spec("boto3") is None:
            hint = "pip install logagent[aws]"
            yield problem(table, "type", "missing-package", "the package boto3 is missing", hint)

    def __init__(self, declared: "Declared") -> None:
        self._options = options = declared.options
        self._at_end = declared.table["read_from"] == "end"
        bucket, prefix = options["bucket"], options["prefix"]
        self._path = f"s3://{bucket}/{prefix}" if bucket else options["queue"]
        self._waiting: deque[_Waiting] = deque()
        self._objects = self._refused = self._repeated = self._poison = 0
        self._behind: int | None = None
        self._swept_at = self._looked_at = float("-inf")

    def run(self, feed: Feed) -> None:
        """See `Source`."""
        options = self._options
        reach = {"region": options["region"], "endpoint": options["endpoint"]}
        with closing(aws.client("s3", **reach)) as bucket:
            if options["queue"] is None:
                self._follow_bucket(feed, bucket)
            else:
                self._waiting.clear()  # these messages come again
                with closing(aws.client("sqs", **reach)) as queue:
                    self._follow_queue(feed, bucket, queue)

    def figures(self) -> Iterable[Figure]:
        """See `Source`."""
        about = "Objects that were counted."
        yield Figure("objects", about, Kind.COUNTER, self._objects)
        about = "Objects that could not be read, or not to their end."
        yield Figure("unread_objects", about, Kind.COUNTER, self._refused)
        if self._options["queue"] is not None:
            about = "Notifications of objects that were counted before."
            yield Figure("repeated_notifications", about, Kind.COUNTER, self._repeated)
            about = "Messages that are left in the queue, as they lead to no object."
            yield Figure("poison_messages", about, Kind.COUNTER, self._poison)
            about = "Messages whose counts are not durable yet."
            yield Figure("waiting_messages", about, Kind.GAUGE, len(self._waiting))
        if self._behind is not None:
            about = "Messages, or objects, that wait to be read."
            yield Figure("lag", about, Kind.GAUGE, self._behind)

    def _follow_bucket(self, feed: Feed, bucket: aws.Client) -> None:
        options = self._options
        listing = Listing(
            bucket,
            options["bucket"],
            options["prefix"],
            remember_seconds=options["remember"],
            path=self._path,
        )
        listing.begin(feed, at_end=self._at_end)
        while not feed.is_stopping:
            for found in listing.pass_over(feed):
                feed.works()
                self._count(feed, bucket, found)
                if feed.is_stopping:
                    return
            feed.works()
            if feed.until is Until.EMPTY or feed.pause(options["every"]):
                return

    def _count(self, feed: Feed, bucket: aws.Client, found: Object) -> bool:
        """Count an object; whether that could be done, wholly or not."""
        try:
            if not found.etag:
                found = objects.with_generation(bucket, found)
            if not objects.is_done(feed, found):
                objects.count(feed, bucket, found, path=self._path, now=time.time())
        except UnreadableError as error:
            self._refused += 1
            feed.note(f"s3://{found.bucket}/{found.key}: {error}")
            return objects.is_done(feed, found)
        self._objects += 1
        return True

    def _follow_queue(self, feed: Feed, bucket: aws.Client, queue: aws.Client) -> None:
        url = self._options["queue"]
        while not feed.is_stopping:
            with aws.errors(url):
                answer = queue.receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=_MESSAGES,
                    WaitTimeSeconds=_RECEIVE_SECONDS,
                    VisibilityTimeout=int(self._options["visibility"]),
                )
            feed.works()
            messages = answer.get("Messages", ())
            for message in messages:
                if feed.is_stopping:
                    return
                self._take(feed, bucket, message)
            self._delete_durable(feed, queue)
            if len(self._waiting) > _MOST_WAITING:
                # Commits fail: to go on would leave messages in work by the thousand.
                feed.settle(_SETTLE_SECONDS)
            if not messages and feed.until is Until.EMPTY:
                feed.settle(_SETTLE_SECONDS)
                self._delete_durable(feed, queue)
                return
            self._look(feed, queue)

    def _take(self, feed: Feed, bucket: aws.Client, message: Mapping[str, Any]) -> None:
        """Count what a message names; what cannot be is left to the queue's redrive policy."""
        try:
            named = objects_of(message["Body"])
        except NotificationError as error:
            self._poison += 1
            feed.note(f"message {message.get('MessageId')} {error}; it is left in the queue")
            return
        is_taken = True
        for found in named:
            if not self._is_wanted(found):
                continue
            if objects.is_done(feed, found):
                self._repeated += 1
            elif not self._count(feed, bucket, found):
                is_taken = False
        if is_taken:
            self._waiting.append(_Waiting(feed.counted, message["ReceiptHandle"]))
        else:
            self._poison += 1

    def _is_wanted(self, found: Object) -> bool:
        wanted = self._options["bucket"]
        is_folder = found.key.endswith("/")
        is_below = found.key.startswith(self._options["prefix"])
        return (wanted is None or found.bucket == wanted) and is_below and not is_folder

    def _delete_durable(self, feed: Feed, queue: aws.Client) -> None:
        url = self._options["queue"]
        durable = feed.durable
        while self._waiting and self._waiting[0].number <= durable:
            receipts = [
                one.receipt for one in islice(self._waiting, _MESSAGES) if one.number <= durable
            ]
            entries = [
                {"Id": str(number), "ReceiptHandle": receipt}
                for number, receipt in enumerate(receipts)
            ]
            # One that is not deleted comes again, and counts nothing then.
            with aws.errors(url):
                queue.delete_message_batch(QueueUrl=url, Entries=entries)
            for _ in receipts:
                self._waiting.popleft()

    def _look(self, feed: Feed, queue: aws.Client) -> None:
        """Now and then: how many messages wait, and objects to forget."""
        now = time.monotonic()
        if now - self._looked_at > _LOOK_SECONDS:
            self._looked_at = now
            name = "ApproximateNumberOfMessages"
            url = self._options["queue"]
            try:
                with aws.errors(url):
                    answer = queue.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
                self._behind = int(answer["Attributes"][name])
            except SourceError:
                self._behind = None  # some may read a queue but not ask about it
        if now - self._swept_at > _SWEEP_SECONDS:
            self._swept_at = now
            before = time.time() - self._options["remember"]
            feed.forget(key for key, position in feed.positions(PREFIX) if position["at"] < before)
