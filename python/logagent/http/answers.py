"""What routes answer: JSON, and errors in it."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from logagent.errors import (
    ArgumentError,
    CommitError,
    ConfigError,
    EditError,
    EditRefusal,
    LogagentError,
)

_REFUSALS = {
    EditRefusal.MISSING: 404,
    EditRefusal.EXISTS: 409,
    EditRefusal.VERSION: 412,
    EditRefusal.UNSUPPORTED: 405,
}


def json_answer(
    content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON object."""
    # In ASCII: paths of logs hold what they like, and terminals obey more than C0 controls.
    body = json.dumps(content).encode() + b"\n"
    return Response(body, status, headers, media_type="application/json")


def error_answer(error: LogagentError) -> Response:
    """What went wrong: 400 for a wrong argument or configuration, 404 to 412 for a refused edit.

    Anything else is 503; with `retry-after` where the disk refused, which may pass.
    """
    if isinstance(error, ConfigError):
        is_argument = isinstance(error, ArgumentError)
        message = error.message if is_argument else "the configuration cannot be used"
        problems = [problem._asdict() for problem in error.problems]
        return json_answer({"error": message, "problems": problems, "text": str(error)}, 400)
    if isinstance(error, EditError):
        return json_answer({"error": error.message}, _REFUSALS[error.refusal])
    if isinstance(error, CommitError):
        return json_answer({"error": error.message}, 503, {"retry-after": "1"})
    return json_answer({"error": error.message, "hint": error.hint}, 503)
