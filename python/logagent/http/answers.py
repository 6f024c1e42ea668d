"""What routes answer: JSON, and errors in it."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from logagent.errors import ArgumentError, ConfigError, LogagentError


def json_answer(
    content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON object."""
    # In ASCII: paths of logs hold what they like, and terminals obey more than C0 controls.
    body = json.dumps(content).encode() + b"\n"
    return Response(body, status, headers, media_type="application/json")


def error_answer(error: LogagentError) -> Response:
    """What went wrong: 400 for a wrong argument or configuration, else 503."""
    if isinstance(error, ConfigError):
        is_argument = isinstance(error, ArgumentError)
        message = error.message if is_argument else "the configuration cannot be used"
        problems = [problem._asdict() for problem in error.problems]
        return json_answer({"error": message, "problems": problems, "text": str(error)}, 400)
    return json_answer({"error": error.message, "hint": error.hint}, 503)
