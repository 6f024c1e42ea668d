"""A server of moto."""

import gzip
import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote_plus

import boto3

from tests.python.waiting import wait_until

REGION = "us-east-1"
Client = Any
"""Of boto3, which has no types."""


class Cloud:
    """S3 and SQS behind one address."""

    environment = {  # noqa: RUF012 - constant
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients: dict[str, Client] = {}

    def client(self, service: str) -> Client:
        """One for each service."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.url,
                region_name=REGION,
                aws_access_key_id="testing",
                aws_secret_access_key="testing",  # noqa: S106
            )
        return self._clients[service]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def reset(self) -> None:
        request = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")  # noqa: S310
        urllib.request.urlopen(request).close()  # noqa: S310


@contextmanager
def playing() -> Iterator[Cloud]:
    """A server in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: _accepts(port) or process.poll() is not None)
            with closing(Cloud(f"http://127.0.0.1:{port}")) as cloud:
                yield cloud
        finally:
            process.kill()


def free_port() -> int:
    """A port of TCP that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def put(client: Client, key: str, content: bytes, *, bucket: str = "logs") -> str:
    """Put an object, compressed if its key says so; its notification."""
    body = gzip.compress(content, 1) if key.endswith(".gz") else content
    answer = client.put_object(Bucket=bucket, Key=key, Body=body)
    return notification(key, answer["ETag"].strip('"'), bucket=bucket)


def notification(key: str, etag: str, *, bucket: str = "logs") -> str:
    """What S3 sends of it."""
    found = {"key": quote_plus(key, safe="/"), "size": 1, "eTag": etag}
    entity = {"bucket": {"name": bucket}, "object": found}
    return json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": entity}]})
