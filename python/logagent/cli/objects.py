"""Where `logagent generate --objects` writes: compressed objects in a folder or in S3."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

from logagent.errors import ArgumentError, LogagentError, MissingPackageError

_S3 = "s3://"
_LEVEL = 6

Write = Callable[[str, bytes], None]
"""Takes the name of an object and its content."""


def write_objects(place: str, batches: Iterator[bytes]) -> None:
    """Write each batch as a gzip object ``000000.gz`` … to `place`: a folder, or s3://bucket/prefix.

    Equal batches make equal objects.
    """
    write = _to_s3(place) if place.startswith(_S3) else _to_folder(Path(place))
    for number, batch in enumerate(batches):
        write(f"{number:06}.gz", gzip.compress(batch, _LEVEL, mtime=0))


def _to_folder(folder: Path) -> Write:
    folder.mkdir(parents=True, exist_ok=True)

    def write(name: str, content: bytes) -> None:
        # Whole or not at all, for whoever looks meanwhile.
        unfinished = folder / f".{name}"
        unfinished.write_bytes(content)
        unfinished.rename(folder / name)

    return write


def _to_s3(place: str) -> Write:
    bucket, _, prefix = place.removeprefix(_S3).partition("/")
    if not bucket:
        raise ArgumentError.of("--objects", f"`{place}` names no bucket", hint="s3://BUCKET/PREFIX")
    if prefix and not prefix.endswith("/"):
        prefix += "/"
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        message = "writing to S3 needs the package boto3"
        raise MissingPackageError(message, hint="pip install logagent[aws]") from None
    try:
        client = boto3.client("s3")
    except BotoCoreError as error:
        raise LogagentError(f"{place}: {error}") from None

    def write(name: str, content: bytes) -> None:
        try:
            client.put_object(Bucket=bucket, Key=prefix + name, Body=content)
        except (BotoCoreError, ClientError) as error:
            raise LogagentError(f"{place}: {error}") from None

    return write
