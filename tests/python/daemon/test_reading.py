from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from logagent.daemon.reading import Reader
from tests.python.daemon.fakes import FakeEngine


@contextmanager
def reading() -> Iterator[tuple[FakeEngine, Reader, list[BaseException]]]:
    engine = FakeEngine()
    faults: list[BaseException] = []
    reader = Reader(engine.real, faults.append)
    reader.start()
    try:
        yield engine, reader, faults
    finally:
        reader.stop()
        assert reader.join(30)


def test_reads_what_comes() -> None:
    with reading() as (engine, reader, _):
        engine.grow(10)
        engine.wait_until_counted(10)
    assert reader.polls >= 4


def test_reads_what_is_there_before_it_ends() -> None:
    with reading() as (engine, reader, _):
        engine.grow(100)
        reader.stop()
    assert engine.counted == 100


def test_a_pause_keeps_it_from_reading() -> None:
    with reading() as (engine, reader, _):
        for round_number in range(1, 20):
            with reader.paused():
                before = engine.counted
                engine.grow(5)
                assert engine.polling == 0
                assert engine.counted == before
            engine.wait_until_counted(5 * round_number)


def test_asks_for_a_commit_when_little_more_can_be_counted_by_slot() -> None:
    asked: list[Future[None]] = []
    engine = FakeEngine()

    def commit() -> Future[None]:
        asked.append(Future())
        engine.is_full = False
        asked[-1].set_result(None)
        return asked[-1]

    reader = Reader(engine.real, lambda _: None, commit)
    reader.start()
    engine.grow(10)
    engine.wait_until_counted(10)
    assert not asked
    engine.is_full = True
    engine.grow(10)
    engine.wait_until_counted(20)
    reader.stop()
    assert reader.join(30)
    assert len(asked) == 1


def test_a_commit_that_does_not_end_does_not_stop_reading() -> None:
    engine = FakeEngine()
    engine.is_full = True
    reader = Reader(engine.real, lambda _: None, Future)
    reader.start()
    engine.grow(6)
    engine.wait_until_counted(6)
    reader.stop()
    assert reader.join(30)


def test_a_fault_is_told() -> None:
    with reading() as (engine, _, faults):
        engine.fault = RuntimeError("a bug")
        engine.wake()
    assert faults == [engine.fault]
