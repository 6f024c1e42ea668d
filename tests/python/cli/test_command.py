"""Declarations of commands, and what is made of the words behind them."""

import inspect
import os

import pytest

from logagent._core import Arguments, parse_arguments
from logagent.cli.app import COMMANDS, command_of
from logagent.cli.command import Command, argument, arguments, flag, option, takes
from logagent.errors import UsageError
from tests.python.process import logagent


@takes(
    option("-s", "--since", metavar="TIME", help="From when on."),
    option("-o", "--output", choices=("table", "json"), default="table", help="How."),
    option("-j", "--threads", within=(0, 256), default=1, help="How many."),
    option("--limit", within=(1, None), help="At most."),
    option("--refresh", within=(0.1, 3600.0), help="How often."),
    option("--stream", name="streams", many=True, help="Which."),
    flag("--no-mmap", help="Not so."),
    arguments("files", "FILE", help="What is read."),
    examples="  count 'a b' --output json --since 2026-11-21T10:00:00Z --threads 2 a.log b.log",
)
def count(**_values: object) -> int:
    """Count something.

    One paragraph, on
    two lines.
    """
    return 0


@takes(
    option("--url", is_global=True, help="Where."),
    argument("name", "NAME", help="What.", is_required=True),
)
def inner(**_values: object) -> int:
    """Do it."""
    return 0


OUTER = Command("Do one of them.", commands=[("inner", inner)], examples="  outer inner")


def parse(*words: str, command: Command = count) -> Arguments:
    return parse_arguments(command, "logagent count", words, columns=60, coloured=False)


def commands() -> list[tuple[str, Command]]:
    """All commands and sub-commands."""
    outer = [(name, command_of(name)) for name in COMMANDS]
    return outer + [(f"{name} {n}", one) for name, command in outer for n, one in command.commands]


@pytest.mark.parametrize(
    ("name", "command"), commands(), ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_function_takes_what_its_command_declares(name: str, command: Command) -> None:
    assert command.summary, name
    if command.run is None:
        assert command.commands
        return
    declared = {parameter.name for parameter in command.parameters}
    assert set(inspect.signature(command.run).parameters) == declared | (
        {"given"} if command.sees_given else set()
    )


def test_what_is_not_given() -> None:
    found = parse()
    assert (found.help, found.commands, found.given) == (None, [], {})
    assert found.values == {
        "since": None,
        "output": "table",
        "threads": 1,
        "limit": None,
        "refresh": None,
        "streams": (),
        "no_mmap": False,
        "files": (),
    }


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (("--since", "-1h"), {"since": "-1h"}),
        (("--since=-1h",), {"since": "-1h"}),
        (("--since", ""), {"since": ""}),
        (("-s-1h", "-j2", "-ojson"), {"since": "-1h", "threads": 2, "output": "json"}),
        (("-o", "table", "-o", "json"), {"output": "json"}),
        (("a", "--no-mmap", "-", "-j", "0", "b"), {"files": ("a", "-", "b"), "threads": 0}),
        (("--", "--no-mmap", "-j"), {"files": ("--no-mmap", "-j"), "no_mmap": False}),
        (("--stream", "a", "x", "--stream", "-b"), {"streams": ("a", "-b"), "files": ("x",)}),
        (("--limit", str(2**64 - 1)), {"limit": 2**64 - 1}),
        (("--refresh", "0.5"), {"refresh": 0.5}),
        ((os.fsdecode(b"\xff.log"),), {"files": (os.fsdecode(b"\xff.log"),)}),
    ],
    ids=" ".join,
)
def test_words(words: tuple[str, ...], values: dict[str, object]) -> None:
    found = parse(*words).values
    assert {name: found[name] for name in values} == values


def test_what_is_given_is_known_by_what_people_call_it() -> None:
    assert parse("-j", "1", "x").given == {"threads": "--threads", "files": "FILE"}


@pytest.mark.parametrize(
    ("words", "says", "hints"),
    [
        (("--outptu", "json"), "unexpected argument '--outptu' found", ["'--output'"]),
        (("-x",), "unexpected argument '-x' found", []),
        (("-o", "jsn"), "invalid value 'jsn' for '--output <OUTPUT>'", ["'json'"]),
        (("-o", "jsn"), "[possible values: table, json]", ["'json'"]),
        (("-j", "257"), "257 is not in 0..=256", []),
        (("--limit", "0"), "'--limit <LIMIT>'", []),
        (("--limit", "-1"), "'--limit <LIMIT>'", []),
        (("--refresh", "nan"), "nan is not in 0.1..=3600", []),
        (("--refresh", "often"), "not a number", []),
        (("--since",), "a value is required for '--since <TIME>'", []),
        (("-o", os.fsdecode(b"\xff")), "invalid UTF-8", []),
    ],
)
def test_usage_errors(words: tuple[str, ...], says: str, hints: list[str]) -> None:
    with pytest.raises(UsageError) as raised:
        parse(*words)
    assert says in raised.value.message
    assert "Usage" not in raised.value.message
    found = list(raised.value.hints)
    assert len(found) >= len(hints)
    assert all(hint in text for hint, text in zip(hints, found, strict=False))


def test_sub_commands() -> None:
    found = parse("inner", "--url", "x", "y", command=OUTER)
    assert (found.commands, found.values) == (["inner"], {"url": "x", "name": "y"})
    with pytest.raises(UsageError, match="'outer'") as raised:
        parse("outer", command=OUTER)
    assert "unrecognized" in raised.value.message
    with pytest.raises(UsageError, match="<NAME>"):
        parse("inner", command=OUTER)


def test_help() -> None:
    text = parse("--help").help or ""
    assert text.startswith(
        "Count something.\n\nOne paragraph, on two lines.\n\nUsage: logagent count "
    )
    head, _, examples = text.partition("\nExamples:\n")
    assert max(map(len, head.splitlines())) <= 60
    assert examples.rstrip() == count.examples  # not folded, to be copied
    for part in ("-s, --since <TIME>", "[default: table]", "[possible"):
        assert part in text
    assert "\x1b" not in text
    shown = parse_arguments(count, "count", ["-h"], columns=60, coloured=True).help or ""
    assert "\x1b[1m" in shown
    assert "Do it." in (parse("-h", command=OUTER).help or "")


def test_a_name_of_a_file_that_is_not_utf_8(tmp_path: os.PathLike[str]) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"\xff.log")  # noqa: PTH118 - of bytes
    with open(path, "wb") as file:  # noqa: PTH123 - of bytes
        file.write(b"x\n")
    process = logagent("scan", "--format", "combined", os.fsdecode(path))
    assert b"1 lines, 0 matched" in process.stdout
