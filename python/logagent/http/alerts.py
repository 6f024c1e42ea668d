"""What is firing, and what was lately."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


class Offering(Protocol):
    """What the route offers."""

    def alerts(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """``firing`` and ``recent`` findings, ``receivers``; as plain values."""


def routes(service: Offering) -> list[Route]:
    """``GET /api/v1/alerts``."""

    async def alerts(_request: Request) -> Response:
        # In ASCII: labels hold texts of logs, and terminals obey more than C0 controls.
        body = json.dumps(service.alerts()).replace("\x7f", "\\u007f").encode() + b"\n"
        return Response(body, media_type="application/json")

    return [Route("/api/v1/alerts", alerts)]
