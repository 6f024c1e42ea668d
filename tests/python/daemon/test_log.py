import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from logagent.daemon import log


@pytest.fixture(autouse=True)
def root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = True


def written(form: str = "text", level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    log.configure(form=form, level=level, stream=stream)
    return stream


def test_text_has_time_and_level() -> None:
    stream = written()
    logging.getLogger("logagent.x").warning("cannot read %s", "/var/log/a\x1b[2J\nfake")
    moment, rest = stream.getvalue().split(" ", 1)
    assert moment.endswith("Z")
    assert rest == "warning: cannot read /var/log/a\\x1b[2J | fake\n"


def test_json_is_an_object_per_line() -> None:
    stream = written(form="json")
    logging.getLogger("logagent.x").error("two\nlines %s", "\u202e\udcff")
    [line] = stream.getvalue().splitlines()
    content = json.loads(line)
    assert content["level"] == "error"
    assert content["logger"] == "logagent.x"
    assert content["message"] == "two | lines \\u202e\\udcff"


def test_levels() -> None:
    stream = written(level="warning")
    logging.getLogger("logagent.x").info("no")
    logging.getLogger("logagent.x").warning("yes")
    logging.getLogger("uvicorn.error").info("no")
    assert stream.getvalue().count("\n") == 1


def test_an_exception_is_one_line() -> None:
    stream = written()
    try:
        raise ValueError("a\nb")  # noqa: TRY301 - has to be raised for its traceback
    except ValueError:
        logging.getLogger("x").exception("failed")
    assert stream.getvalue().endswith(" error: failed: ValueError: a | b\n")


def test_each_kind_of_message_has_its_limit() -> None:
    now = 0.0
    limit = log.RateLimit(clock=lambda: now)

    def passes(message: str) -> logging.LogRecord | None:
        record = logging.LogRecord("x", logging.INFO, "", 1, message, None, None)
        return record if limit.filter(record) else None

    assert sum(passes("a %s") is not None for _ in range(25)) == 10
    assert passes("b") is not None, "another kind"
    now = 61.0
    record = passes("a %s")
    assert record is not None
    assert vars(record)["left_out"] == 15
    assert vars(passes("b") or record)["left_out"] == 0


def test_kinds_are_bounded() -> None:
    limit = log.RateLimit()
    for number in range(10_000):
        limit.filter(logging.LogRecord("x", logging.INFO, "", 1, f"kind {number}", None, None))
    assert len(limit._kinds) <= 256


def test_the_journal_gets_priorities(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w") as stream:
        status = os.fstat(stream.fileno())
        environment = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
        formatter = log.TextFormatter(stream, environment)
        record = logging.LogRecord("x", logging.WARNING, "", 1, "careful", None, None)
        assert formatter.format(record) == "<4>warning: careful"
        other = log.TextFormatter(stream, {"JOURNAL_STREAM": "1:2"})
        assert not other.format(record).startswith("<")
