"""What is wrong with a threshold is told when the configuration is read, with its place."""

import pytest

from logagent.extensions import declared
from tests.python.checkers.feeding import plan_of

OK = 'metric = "requests"\nabove = 1\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('metric = "requests"', "give `above` or `below`, one of them"),
        (OK + "below = 1", "give `above` or `below`, one of them"),
        (OK + "recover_below = 2", "`recover_below` lies beyond `above`"),
        (OK + "recover_above = 1", "`recover_above` means nothing to `rate` here"),
        (OK + 'over = "15s"', "`over` has to be a multiple of the slot, which is 10s"),
        (OK + 'over = "5s"', "`over` has to be a multiple of the slot"),
        (OK + 'over = "2d"', "`over` holds more than 10000 slots of 10s"),
        (OK + 'for = "8d"', "`for` has to be at most"),
        ("above = 1", "needs the key `metric`"),
        ('metric = "reqests"\nabove = 1', "there is no [[metric]] `reqests`"),
        ('metric = "clients"\nabove = 1', "there is no rate of `clients`, which is a distinct"),
        (OK + 'labels = { path = "/" }', "`requests` has no label `path`"),
        (OK + "labels = { section = 1 }", "`labels` has to be a table of strings or lists"),
        (OK + 'measure = "share"', "a share needs `labels`"),
        (OK + 'measure = "ratio"', "`measure` has to be one of"),
        (OK + "quantile = 0.5", "`quantile` means nothing to `rate` here"),
        ('measure = "quantile"\nmetric = "seconds"\nabove = 1', "needs the key `quantile`"),
        ('measure = "absence"\nmetric = "requests"\nabove = 1', "`above` means nothing"),
        ('measure = "unmatched"\nabove = 1\nsource = "x"', "there is no source `x`"),
        ('measure = "unmatched"\nabove = 1\nmetric = "requests"', "`metric` means nothing"),
        (OK + "abve = 2", "unknown key `abve` in threshold `busy`"),
    ],
)
def test_what_cannot_be(text: str, message: str) -> None:
    _, problems = declared(plan_of(text, slot="10s").describe())
    assert any(message in problem.message for problem in problems), problems
    assert all(problem.line is not None for problem in problems)


def test_all_is_told_at_once() -> None:
    text = 'metric = "requests"\nover = "15s"\nlabels = { path = "/" }\nrecover_below = 1'
    _, problems = declared(plan_of(text, slot="10s").describe())
    assert len(problems) == 3
