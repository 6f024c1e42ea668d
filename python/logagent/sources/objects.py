"""One object of S3, counted once, also when reading it is interrupted."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

from logagent.aws import code, refusal
from logagent.sources import aws
from logagent.sources.decoding import DamagedError, decoded
from logagent.sources.lines import WholeLines
from logagent.sources.notifications import Object
from logagent.sources.source import Feed, SourceError, Stopped, UnrecognisedError

_BLOCK_BYTES = 256 << 10
_HEAD_BYTES = 64 << 10
PREFIX = "object/"
"""Positions of objects begin with it."""

_OF_THE_SERVICE = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InternalError",
        "InvalidAccessKeyId",
        "InvalidToken",
        "NoSuchBucket",
        "RequestTimeTooSkewed",
        "RequestTimeout",
        "ServiceUnavailable",
        "SignatureDoesNotMatch",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
        "500",
        "502",
        "503",
    }
)
"""Refusals that are not about one object."""


class UnreadableError(Exception):
    """An object cannot be read, though others may; the text says why."""


def key_of(found: Object) -> str:
    """The key of the object's position."""
    return f"{PREFIX}{found.bucket}/{found.key}"


def is_done(feed: Feed, found: Object) -> bool:
    """Whether this generation of the object was counted whole."""
    position = feed.position(key_of(found))
    return position is not None and position["etag"] == found.etag and "done" in position


def count(feed: Feed, client: aws.Client, found: Object, *, path: str, now: float) -> int:
    """Count the object, from where an earlier attempt got; answers the bytes decoded.

    Its position holds the generation (`etag`), and the `offset` of decoded bytes up to a line's end
    or, in the end, that it is `done`; besides, when it was `modified` and counted (`at`), in Unix
    seconds. Raises `UnreadableError`, `SourceError`.
    """
    key = key_of(found)
    position = feed.position(key)
    offset = 0
    if position is not None and position["etag"] == found.etag:
        offset = position.get("offset", 0)
    present = {"etag": found.etag, "modified": found.modified, "at": int(now)}
    done = {**present, "done": True}
    lines = WholeLines()
    blocks = _blocks(client, found)
    damage: str | None = None
    try:
        for number, block in enumerate(decoded(blocks)):
            feed.works()
            if number == 0:
                feed.begin(block[:_HEAD_BYTES])
            whole = lines.push(block)
            if lines.consumed_bytes > offset and whole:
                skipped = max(len(whole) - (lines.consumed_bytes - offset), 0)
                offset = lines.consumed_bytes
                feed.count(key, {**present, "offset": offset}, whole[skipped:], path)
            if feed.is_stopping:
                raise Stopped
    except DamagedError as error:
        damage = str(error)
    except UnrecognisedError as error:
        feed.count(key, {**done, "refused": True}, b"", path)
        raise UnreadableError(error.message) from None
    finally:
        blocks.close()
    last = lines.finish()
    feed.count(key, done, last if lines.consumed_bytes > offset else b"", path)
    if damage is not None:
        raise UnreadableError(f"{damage}; the lines before that were counted")
    return lines.consumed_bytes


def with_generation(client: aws.Client, found: Object) -> Object:
    """The object with the generation that its notification does not name.

    Raises `UnreadableError`, `SourceError`.
    """
    version = {} if found.version is None else {"VersionId": found.version}
    with _refusals(found):
        head = client.head_object(Bucket=found.bucket, Key=found.key, **version)
    return found._replace(etag=head["ETag"].strip('"'))


def _blocks(client: aws.Client, found: Object) -> Generator[bytes]:
    """The object's content as it lies there, of just this generation."""
    from botocore.exceptions import BotoCoreError

    which = {"VersionId": found.version} if found.version else {"IfMatch": f'"{found.etag}"'}
    where = f"s3://{found.bucket}/{found.key}"
    try:
        with _refusals(found):
            body = client.get_object(Bucket=found.bucket, Key=found.key, **which)["Body"]
        with body:
            while block := body.read(_BLOCK_BYTES):
                yield block
    except (BotoCoreError, OSError) as error:
        raise SourceError(f"{where}: the connection broke ({error})") from None


@contextmanager
def _refusals(found: Object) -> Iterator[None]:
    """Tell what is refused of this object from what is of all."""
    from botocore.exceptions import ClientError

    with aws.errors(f"s3://{found.bucket}/{found.key}"):
        try:
            yield
        except ClientError as error:
            if code(error) in _OF_THE_SERVICE:
                raise
            raise UnreadableError(refusal(error)) from None
