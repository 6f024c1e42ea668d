"""Lines for InfluxDB; how a real one takes them is in tests/faults."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logagent.config import load
from logagent.errors import ConfigError
from logagent.sinks.influxdb import InfluxDb, plain, window_points
from logagent.sinks.sink import Window

DEFAULTS: Mapping[str, Any] = {option.name: option.default for option in InfluxDb.OPTIONS}


def window(generation: int = 0, **columns: Any) -> Window:  # noqa: ANN401
    labels = tuple(columns["labels"])
    return Window(60, 120, "my requests", "counter", labels, columns, generation)


def lines(found: Window, *tags: tuple[str, str]) -> list[str]:
    return [line.decode() for line in window_points(found, tags)]


def test_a_line_has_tags_fields_and_the_start_of_the_window() -> None:
    found = window(labels={"status": ["200"], "page": [None]}, count=[3], sums={"bytes": [7]})
    assert lines(found, ("host", "a b")) == [
        "my\\ requests,status=200,host=a\\ b count=3i,sum_bytes=7.0 60000000000\n"
    ]


def test_every_type_has_its_fields() -> None:
    found = window(
        generation=2,
        labels={},
        count=[3],
        value=[1.5],
        buckets={0.1: [1], 2.5: [3]},
        quantiles={0.5: [0.25], 0.99: [None]},
        distinct=[4],
        top=[[('say "hi" \\', 2, 0)]],
    )
    fields = (
        "count=3i,value=1.5,le_0.1=1i,le_2.5=3i,q_0.5=0.25,distinct=4i,"
        'top_1="say \\"hi\\" \\\\",top_1_count=2i'
    )
    assert lines(found) == [f"my\\ requests {fields} 60000000002\n"]


def read_tag(line: str) -> str:
    """The value of the one tag, as InfluxDB reads it: a backslash before , = or blank hides it."""
    text = line.partition(",page=")[2]
    value, place = "", 0
    while text[place] != " ":
        if text[place] == "\\" and text[place + 1] in ",= ":
            place += 1
        value += text[place]
        place += 1
    return value


@given(
    st.text(st.sampled_from("\\¦,= a\"'é"), max_size=6),
    st.text(st.sampled_from("\\¦,= a"), max_size=6),
)
def test_no_two_values_become_one(one: str, other: str) -> None:
    first, second = (
        read_tag(lines(window(labels={"page": [text]}, count=[1]))[0]) for text in (one, other)
    )
    assert (first == second) == (one == other)
    assert first in (one, one + "¦")


def test_requests_are_compressed_and_the_same_each_time() -> None:
    found = window(labels={"page": [str(number) for number in range(12_000)]}, count=[1] * 12_000)
    sink = InfluxDb("i", {**DEFAULTS, "url": "http://x", "bucket": "b"})
    frames = [*sink.frames([found])]
    assert [frame.points for frame in frames] == [5000, 5000, 2000]
    assert frames == [*sink.frames([found])]
    assert b"".join(plain(frame.body) for frame in frames).count(b"\n") == 12_000


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ('url = "localhost:8086"\ndatabase = "x"', "has to begin with http:// or https://"),
        ('url = "http://me:secret@x"\ndatabase = "x"', "holds a user or password"),
        ('url = "http://x"', "needs either `database`"),
        ('url = "http://x"\ndatabase = "x"\nbucket = "y"', "needs either `database`"),
        ('url = "http://x"\ndatabase = "x"\ntoken = "y"', "`token` goes with `bucket` only"),
        ('url = "http://x"\nbucket = "x"\nusername = "y"\npassword = "z"', "goes with `database`"),
        ('url = "http://x"\ndatabase = "x"\nusername = "y"', "go together"),
        ('url = "http://x"\nbucket = "x"\ntoken_file = "/nowhere"', "/nowhere: No such file"),
        ('url = "http://x"\nbucket = "x"\nca_file = "/nowhere"', "/nowhere: No such file"),
        ('url = "http://x"\nbucket = "x"\ntags = { a = "b\\nc" }', "control characters"),
        ('url = "http://x"\nbucket = "x"\nbuckett = "y"', "unknown key `buckett`"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, keys: str, says: str) -> None:
    config = tmp_path / "config.toml"
    sink = f'[[sink]]\nname = "i"\ntype = "influxdb"\n{keys}\n'
    config.write_text(f'[[metric]]\nname = "requests"\n{sink}')
    with pytest.raises(ConfigError) as caught:
        load(config)
    assert any(says in problem.message for problem in caught.value.problems)
    assert all(problem.line is not None for problem in caught.value.problems)
    assert "secret" not in str([problem.message for problem in caught.value.problems])
