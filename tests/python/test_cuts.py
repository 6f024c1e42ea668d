"""Files that are cut while they are mapped: no crash, and no line made of zeros."""

import subprocess
import sys
from typing import Literal

import pytest

SCRIPT = """
import faulthandler, os, random, sys, threading
when, seed, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
if when == "before":
    faulthandler.enable()
import logagent
if when == "after":
    logagent.scan(os.devnull, "combined")
    faulthandler.enable()
LINE = b'10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 10 "-" "agent"\\n'
COUNT = 120_000
rng = random.Random(seed)
cut_short = 0
for _ in range(25):
    with open(path, "wb") as log:
        log.write(LINE * COUNT)
    size = rng.randrange(len(LINE) * COUNT)
    timer = threading.Timer(rng.random() * 0.006, os.truncate, (path, size))
    timer.start()
    result = logagent.scan(path, "combined", threads=4)
    timer.join()
    whole = size // len(LINE)
    assert whole <= result.matched <= COUNT, (whole, result)
    assert result.rejected <= 1, result.rejects
    assert result.lines == result.matched + result.rejected
    cut_short += result.matched < COUNT
print(cut_short)
"""


@pytest.mark.parametrize("when", ["never", "before", "after"])
def test_cut_while_mapped(
    tmp_path_factory: pytest.TempPathFactory, when: Literal["never", "before", "after"]
) -> None:
    """Also when `faulthandler` has taken the signal, before or after the core did."""
    path = tmp_path_factory.mktemp("cut") / "access.log"
    cut_short = 0
    for seed in range(3):
        process = subprocess.run(
            [sys.executable, "-c", SCRIPT, when, str(seed), str(path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert process.returncode == 0, process.stderr
        cut_short += int(process.stdout)
    # The test shows something only if files were cut under the reader.
    assert cut_short > 0
