import time
from datetime import UTC, datetime
from pathlib import Path

from logagent.tui.ending import Ending, ending_of
from logagent.tui.files import FilesWatch
from logagent.tui.questions import Choice, ask
from tests.python.waiting import wait_until

END = datetime(2020, 11, 22, 10, 30, tzinfo=UTC).timestamp()


def line(instant: float, path: str = "/a/b") -> str:
    stamp = datetime.fromtimestamp(instant, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'192.0.2.1 - - [{stamp}] "GET {path} HTTP/1.1" 200 5\n'


def ending(path: Path) -> Ending | None:
    return ending_of(ask(Choice([str(path)], "common")), [str(path)])


def test_the_last_ten_seconds_by_the_time_of_the_log(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    lines = [line(END - 60 + second, f"/s{second % 2}") for second in range(60) for _ in range(3)]
    path.write_text("".join(lines))
    found = ending(path)
    assert found is not None
    assert found.end == END
    assert found.timeline.per_second(10, until=found.end) == 3.0
    assert found.recent["requests"] == {"": 30}
    assert found.recent["section"] == {"/s0": 15, "/s1": 15}
    assert found.recent["path"] == {"/s0": 15, "/s1": 15}


def test_clocks_that_run_ahead_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text(line(END) + line(253_402_300_700) + line(time.time() + 86_400) + line(END + 1))
    found = ending(path)
    assert found is not None
    assert found.end == END + 2
    assert found.timeline.counts(2, until=found.end) == [1, 1]


def test_records_without_a_time_have_no_ending(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text('192.0.2.1 - - [never] "GET / HTTP/1.1" 200 5\nno line\n')
    assert ending(path) is None
    assert ending(tmp_path / "nothing.log") is None


def test_an_old_log_is_shown_as_it_ended_until_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text("".join(line(END - 30 + second) for second in range(30)))
    watch = FilesWatch(Choice([str(path)], "common"))
    watch.start()
    try:
        wait_until(lambda: "by the time of the log" in watch.look().state)
        view = watch.look()
        assert (view.at, view.per_second, view.history[-1]) == (END, 1.0, 1)
        assert view.tables[0].rows[0].recent == 10
        with path.open("a") as file:
            file.write(line(END) * 5)
        wait_until(lambda: watch.look().lines == 35)
        view = watch.look()
        assert view.state == "following"
        assert abs(view.at - time.time()) < 60
        assert view.tables[0].rows[0].recent == 5
    finally:
        watch.stop()


def test_a_log_of_now_goes_on_without_a_break(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    now = time.time()
    path.write_text("".join(line(now - 20 + second) for second in range(20)))
    watch = FilesWatch(Choice([str(path)], "common"))
    watch.start()
    try:
        wait_until(lambda: watch.look().state == "following" and watch.look().tables)
        assert sum(watch.look().history) >= 15
    finally:
        watch.stop()
