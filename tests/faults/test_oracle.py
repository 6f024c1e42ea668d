"""The oracle itself: it notices a single line too few or too many, and its writer is exact."""

import gzip
import random
import time
from pathlib import Path

import pytest

from tests.faults.ledger import MODULUS, Ledger, Total, numbered_lines, total_of_lines
from tests.faults.scraped import Scrape
from tests.faults.writer import writing


def test_totals_are_those_of_the_lines() -> None:
    ledger = Ledger(first=999_990_000)
    block = ledger.lines(1000)
    assert ledger.total == total_of_lines(block) == Total.of(range(999_990_000, 999_991_000))


def test_a_loss_and_a_doubled_line_do_not_cancel(choose: random.Random) -> None:
    total = Total.of(range(1, 1001))
    for _ in range(1000):
        lost, doubled = choose.sample(range(1, 1001), 2)
        assert total - Total.of([lost]) + Total.of([doubled]) != total


def test_the_writer_tells_what_is_on_disk(logs: Path) -> None:
    log = logs / "access.log"
    with writing(log, first=7, rate=50_000, rotate_seconds=0.2, gzip=True) as writer:
        time.sleep(1)
        total = writer.stop()
    files = list(logs.iterdir())
    assert len(files) > 3
    blocks = [
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in files
    ]
    assert sum((total_of_lines(block) for block in blocks), Total()) == total
    assert total.lines == writer.end - 7 > 10_000


def test_an_exposition_is_read_without_loss() -> None:
    scrape = Scrape.read(
        b"# TYPE lines_total counter\nlines_total 2\n"
        b'# TYPE by_status_total counter\nby_status_total{status="200"} 1\n'
        b'by_status_total{status="30\\"4"} 1\n'
        b"# TYPE n_total counter\nn_total 3\n"
        b"# TYPE n2_total counter\nn2_total 36893488147419103237\n"
    )
    assert scrape.total() == Total(2, 3, 2 * MODULUS + 5 - 2 * MODULUS)
    assert scrape.sum("by_status_total", status='30"4') == 1


@pytest.mark.parametrize(
    "text",
    [
        b"lines_total 1",
        b"lines_total 1\nlines_total 1\n",
        b'lines_total{a="x"y"} 1\n',
        b'lines_total{a="x\ny"} 1\n',
    ],
)
def test_a_broken_exposition_fails(text: bytes) -> None:
    with pytest.raises(AssertionError):
        Scrape.read(text)


def test_lines_are_read_back() -> None:
    assert total_of_lines(numbered_lines([3, 5])) == Total(2, 8, 34)
