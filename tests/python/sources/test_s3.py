import pytest
import zstandard

from logagent.sources.s3 import S3Source
from logagent.sources.source import SourceError, Stopped
from tests.python.sources.cloud import Client, Cloud, notification, put
from tests.python.sources.feeds import RecordedFeed, stop_at, table, wrong
from tests.python.sources.flaky import before

LINES = [b"line %d\n" % number for number in range(30_000)]
CONTENT = b"".join(LINES)


def source(cloud: Cloud, more: str = 'bucket = "logs"\nprefix = "cdn/"') -> S3Source:
    text = f'[[source]]\nname = "web"\ntype = "s3"\nendpoint = "{cloud.url}"\n{more}\n'
    return S3Source(table(text))


def figure(one: S3Source, name: str) -> float:
    return {found.name: found.value for found in one.figures()}[name]


def passes(one: S3Source, feed: RecordedFeed) -> bool:
    """Whether the source reads what there is without a failure."""
    try:
        one.run(feed)
    except SourceError as error:
        return "\n" in error.message  # a failure is one line
    return True


@pytest.fixture
def feed() -> RecordedFeed:
    return RecordedFeed()


@pytest.fixture
def queue(cloud: Cloud) -> str:
    url: str = cloud.client("sqs").create_queue(QueueName="objects")["QueueUrl"]
    return url


def of_queue(cloud: Cloud, url: str, more: str = "") -> S3Source:
    return source(cloud, f'queue = "{url}"\n{more}')


def left(cloud: Cloud, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(int(answer["Attributes"][name]) for name in names)


def send(cloud: Cloud, url: str, body: str) -> None:
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody=body)


def test_objects_below_the_prefix_are_counted_once(
    cloud: Cloud, bucket: Client, feed: RecordedFeed
) -> None:
    put(bucket, "cdn/1.gz", b"a\nb\n")
    put(bucket, "cdn/2", b"c\nd")
    put(bucket, "cdn/3.zst", zstandard.compress(b"e\n"))
    put(bucket, "cdn/empty", b"")
    put(bucket, "other/4", b"no\n")
    one = source(cloud)
    one.run(feed)
    one.run(feed)
    assert feed.lines == [b"a\nb\n", b"c\n", b"d", b"e\n"]
    assert feed.heads == [b"a\nb\n", b"c\nd", b"e\n"]
    put(bucket, "cdn/1.gz", b"f\n")
    source(cloud).run(feed)
    assert feed.lines[4:] == [b"f\n"]
    assert figure(one, "objects") == 3


@pytest.mark.parametrize("name", ["cdn/big", "cdn/big.gz"])
@pytest.mark.parametrize("calls", [2, 3, 4])
def test_a_half_read_object_goes_on_where_it_was(
    cloud: Cloud, bucket: Client, feed: RecordedFeed, name: str, calls: int
) -> None:
    content = CONTENT * 8 + b"and a last one without an end"
    put(bucket, name, content)
    stop_at(feed, calls)
    with pytest.raises(Stopped):
        source(cloud).run(feed)
    assert 0 < len(feed.content) < len(content)
    feed.on_count = lambda: None
    source(cloud).run(feed)
    assert feed.content == content
    assert feed.heads[0] == feed.heads[1]


def test_what_cannot_be_read_is_said_and_the_others_are(
    cloud: Cloud, bucket: Client, feed: RecordedFeed
) -> None:
    put(bucket, "cdn/1", b"?what\n")
    bucket.put_object(Bucket="logs", Key="cdn/2.gz", Body=b"\x1f\x8bnothing of gzip")
    put(bucket, "cdn/3", b"c\n")
    one = source(cloud)
    one.run(feed)
    assert feed.content == b"c\n"
    assert "s3://logs/cdn/1: its format is not recognised" in feed.notes
    assert any("s3://logs/cdn/2.gz: its gzip stream is damaged" in note for note in feed.notes)
    assert figure(one, "unread_objects") == 2
    one.run(feed)
    assert len(feed.notes) == 2


def test_an_object_that_was_replaced_while_it_was_found_is_left_to_its_next_generation(
    cloud: Cloud, bucket: Client, queue: str, feed: RecordedFeed
) -> None:
    send(cloud, queue, put(bucket, "cdn/1", b"first\n"))
    send(cloud, queue, put(bucket, "cdn/1", b"second\n"))
    of_queue(cloud, queue).run(feed)
    assert feed.content == b"second\n"
    assert len(feed.notes) == 1


def test_messages_are_deleted_when_their_counts_are_durable(
    cloud: Cloud, bucket: Client, queue: str
) -> None:
    feed = RecordedFeed(is_durable_at_once=False)
    for number in range(25):
        send(cloud, queue, put(bucket, f"cdn/a b+{number}.gz", b"%d\n" % number))
    seen: list[int] = []
    feed.on_count = lambda: seen.append(left(cloud, queue))
    one = of_queue(cloud, queue)
    one.run(feed)
    assert set(seen) == {25}, "nothing was durable so far"
    assert left(cloud, queue) == 0
    assert sorted(map(int, feed.content.split())) == list(range(25))
    assert figure(one, "waiting_messages") == 0


def test_a_notification_that_comes_again_counts_nothing(
    cloud: Cloud, bucket: Client, queue: str, feed: RecordedFeed
) -> None:
    body = put(bucket, "cdn/1.gz", b"a\n")
    for _ in range(3):
        send(cloud, queue, body)
    one = of_queue(cloud, queue)
    one.run(feed)
    assert feed.content == b"a\n"
    assert figure(one, "repeated_notifications") == 2
    assert left(cloud, queue) == 0


def test_poison_is_said_and_left_in_the_queue(
    cloud: Cloud, bucket: Client, queue: str, feed: RecordedFeed
) -> None:
    send(cloud, queue, "poison")
    send(cloud, queue, notification("cdn/gone.gz", "e"))
    send(cloud, queue, put(bucket, "cdn/1", b"a\n"))
    send(cloud, queue, put(bucket, "cdn/folder/", b""))
    one = of_queue(cloud, queue, 'bucket = "logs"')
    one.run(feed)
    assert feed.content == b"a\n"
    assert left(cloud, queue) == 2
    assert figure(one, "poison_messages") == 2
    assert any("is no JSON; it is left in the queue" in note for note in feed.notes)
    assert any("s3://logs/cdn/gone.gz: The specified key does not exist" in n for n in feed.notes)


def test_failures_of_the_far_end_cost_nothing_but_time(
    cloud: Cloud, bucket: Client, feed: RecordedFeed
) -> None:
    for number in range(10):
        put(bucket, f"cdn/{number:02}.gz", b"".join(LINES[number * 3000 : (number + 1) * 3000]))
    with before(cloud.url) as proxy:
        proxy.share = 0.4
        text = f'bucket = "logs"\nendpoint = "{proxy.url}"'
        one = S3Source(table(f'[[source]]\nname = "web"\ntype = "s3"\n{text}\n'))
        failures = 0
        while not passes(one, feed):
            failures += 1
        assert proxy.failures > 5
    assert feed.content == CONTENT
    assert failures > 0


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('bucket = "absent"', "s3://absent"),
        (
            'bucket = "logs"\nendpoint = "http://127.0.0.1:1"',
            "http://127.0.0.1:1 cannot be reached",
        ),
        ('bucket = "logs"\nendpoint = "https://{host}"', "TLS: wrong version number"),
        ('queue = "{url}/123/absent"', "does not exist"),
    ],
)
@pytest.mark.usefixtures("bucket")
def test_a_far_end_that_refuses_is_one_clear_line(
    cloud: Cloud, feed: RecordedFeed, more: str, message: str
) -> None:
    more = more.format(url=cloud.url, host=cloud.url.removeprefix("http://"))
    if "endpoint" not in more:
        more += f'\nendpoint = "{cloud.url}"'
    one = S3Source(table(f'[[source]]\nname = "web"\ntype = "s3"\n{more}\n'))
    with pytest.raises(SourceError) as raised:
        one.run(feed)
    assert message in raised.value.message
    assert "\n" not in raised.value.message


@pytest.mark.usefixtures("cloud")
def test_missing_credentials_are_one_clear_line(
    cloud: Cloud, feed: RecordedFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    with pytest.raises(SourceError, match="no credentials were found"):
        source(cloud).run(feed)


def test_problems_of_the_table() -> None:
    head = '[[source]]\nname = "web"\ntype = "s3"\n'
    assert wrong(head) == ["1:1 s3 `web` needs the key `bucket`, or `queue`"]
    assert wrong(head + 'bucket = "b"\nevery = "0s"\n') == ["5:9 `every` has to be at least 1"]
    assert wrong(head + 'queue = "objects"\n') == ["4:9 `queue` is a URL, with https://"]
    assert wrong(head + 'bukket = "b"\n')[0] == "4:1 unknown key `bukket` in s3 `web`"
