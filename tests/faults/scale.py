"""How long the tests run, and the seed of all their choices.

`make soak` sets `FAULTS_SCALE=long`: full counts, for which continuous integration has no time.
`FAULTS_SEED` repeats the choices of an earlier run, up to what the clock decides.
"""

import os
import random
import secrets

LONG = os.environ.get("FAULTS_SCALE") == "long"
SEED = int(os.environ.get("FAULTS_SEED") or secrets.randbelow(10**9))


def pick(short: int, long: int) -> int:
    """A count: `short` in continuous integration, `long` in `make soak`."""
    return long if LONG else short


def choices(test: str) -> random.Random:
    """The random choices of a test: its own, whichever other tests run."""
    return random.Random(f"{SEED} {test}")  # noqa: S311 - no secret
