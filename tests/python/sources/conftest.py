"""AWS as moto plays it."""

from collections.abc import Iterator

import pytest

from tests.python.sources.cloud import Client, Cloud, playing


@pytest.fixture(scope="session")
def moto() -> Iterator[Cloud]:
    with playing() as cloud:
        yield cloud


@pytest.fixture
def cloud(moto: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """S3 and SQS, empty; its credentials are in the environment."""
    moto.reset()
    for name, value in moto.environment.items():
        monkeypatch.setenv(name, value)
    return moto


@pytest.fixture
def bucket(cloud: Cloud) -> Client:
    """A client of S3 with the bucket `logs`."""
    client = cloud.client("s3")
    client.create_bucket(Bucket="logs")
    return client
