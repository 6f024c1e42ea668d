from collections.abc import Iterator
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


def test_a_fault_is_told() -> None:
    with reading() as (engine, _, faults):
        engine.fault = RuntimeError("a bug")
        engine.wake()
    assert faults == [engine.fault]
