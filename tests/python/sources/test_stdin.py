import os
import threading
from pathlib import Path

from logagent.sources.source import Until
from logagent.sources.stdin import StdinSource
from tests.python.sources.feeds import RecordedFeed, table, wrong
from tests.python.waiting import wait_until

TEXT = '[[source]]\nname = "in"\ntype = "stdin"\n'


def test_a_pipe_is_read_to_its_end() -> None:
    read_end, write_end = os.pipe()
    feed = RecordedFeed(until=Until.STOPPED)
    reading = threading.Thread(target=StdinSource(table(TEXT), read_end).run, args=(feed,))
    reading.start()
    os.write(write_end, b"a\nb")
    wait_until(lambda: feed.lines == [b"a\n"])
    os.write(write_end, b"c\nlast")
    os.close(write_end)
    reading.join(10)
    os.close(read_end)
    assert feed.lines == [b"a\n", b"bc\n", b"last"]


def test_a_silent_pipe_does_not_hold_up_the_end() -> None:
    read_end, write_end = os.pipe()
    feed = RecordedFeed(until=Until.STOPPED)
    reading = threading.Thread(target=StdinSource(table(TEXT), read_end).run, args=(feed,))
    reading.start()
    os.write(write_end, b"a\nhalf")
    wait_until(lambda: feed.lines == [b"a\n"])
    feed.stopping.set()
    reading.join(10)
    assert not reading.is_alive()
    # The rest of the line is still to come, for whoever reads on.
    assert feed.lines == [b"a\n"]
    os.close(read_end)
    os.close(write_end)


def test_a_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"a\n" * 300_000)
    feed = RecordedFeed()
    with path.open("rb") as file:
        StdinSource(table(TEXT), file.fileno()).run(feed)
    assert feed.content == b"a\n" * 300_000


def test_there_is_one_standard_input() -> None:
    second = TEXT.replace('"in"', '"again"')
    assert wrong(TEXT + second) == ["4:1 `in` reads standard input already"]
