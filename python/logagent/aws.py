"""Errors of AWS's library in words for people, one line each."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

_AROUND = re.compile(r".*(?:>: |\[Errno -?\d+\] )| \(_ssl\.c:\d+\)$|\)$")
"""What the library's texts have around the reason."""
_TLS = re.compile(r"\[SSL: \w+\] ")
_HINTS = {
    "NoCredentialsError": "no credentials were found in the environment, in ~/.aws, or by the "
    "machine's role",
    "NoRegionError": "no region is known: set `region`, or AWS_DEFAULT_REGION in the environment",
}


def code(error: "ClientError") -> str:
    """The code of a refusal, such as ``NoSuchKey`` or ``404``."""
    return str(error.response.get("Error", {}).get("Code", "")) or "?"


def refusal(error: "ClientError") -> str:
    """What the service says."""
    message = str(error.response.get("Error", {}).get("Message", "")) or "refused"
    return f"{' '.join(message.split())} ({code(error)})"


def failure(error: "BotoCoreError | OSError") -> str:
    """Why there is no answer."""
    hint = _HINTS.get(type(error).__name__)
    if hint is not None:
        return hint
    details = getattr(error, "kwargs", {})
    reason = _root(details.get("error", error))
    endpoint = details.get("endpoint_url")
    if endpoint is None:
        return reason
    parts = urlsplit(endpoint)  # the library repeats the whole address
    return f"{parts.scheme}://{parts.netloc} cannot be reached ({reason})"


def _root(error: object) -> str:
    """The innermost reason, without the classes and numbers around it."""
    reason = getattr(error, "reason", None)
    text = str(error if reason is None else reason)
    text = _AROUND.sub("", " ".join(text.split("\n", 1)[0].split()))
    text = _TLS.sub("TLS: ", text)
    return text or type(error).__name__
