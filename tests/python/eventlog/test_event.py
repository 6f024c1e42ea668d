import json

import pytest

from logagent.errors import ArgumentError
from logagent.eventlog import Event, NewEvent


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"n": 1, "x": 1.5, "t": "null", "l": [True, None, {"a": {}}]},
        {"t": 'plain "quoted" \\ / \n\t\x00\x1f'},
        {"t": "\x7f\x9b\u2028\u202e\U0001f600é"},
        {"big": 2**70, "small": -(2**63), "tiny": 1e-300, "huge": 1e300},
        {"deep": json.loads("[" * 300 + "]" * 300)},
    ],
)
def test_the_fast_way_to_write_entries_says_the_same(body: dict[str, object]) -> None:
    new = NewEvent(body, event_time=12.5, source=None, key="null")
    event = Event.of(7, "a", 1.0, new.tail())
    assert all(32 <= byte < 127 for byte in event.line)
    found = json.loads(event.line)
    assert found["body"] == body
    assert (found["event_time"], found["source"], found["key"]) == (12.5, None, "null")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, b"bytes"])
def test_what_is_no_json_is_no_entry(value: object) -> None:
    with pytest.raises(ArgumentError, match="JSON"):
        NewEvent({"a": [value]}).tail()
