"""What is kept of checkers, as texts: their state and model, and what is open."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from logagent.alerting.ledger import Place
from logagent.checkers import Checker, Finding, Noted, Phase

if TYPE_CHECKING:
    from logagent._core import Plan

_FIT, _MODEL, _STATE, _ALERT = "fit", "model", "state/", "alert/"


class Open(NamedTuple):
    """Something that was found and has not ended."""

    noted: Noted
    receivers: tuple[str, ...]
    """Who was told, and is told when it ends."""

    def parts(self) -> Iterator[tuple[Place, str]]:
        """What is kept of it."""
        content = {"finding": self.noted.finding._asdict(), "receivers": self.receivers}
        place = self.noted.checker, _ALERT + self.noted.finding.key
        yield place, orjson.dumps(content).decode()


class Kept(NamedTuple):
    """What was kept of a checker."""

    fit: str | None = None
    model: Any = None
    state: Mapping[str, Any] = {}
    open: tuple[Open, ...] = ()


def kept_of(parts: Mapping[Place, str]) -> dict[str, Kept]:
    """What was kept, by name of the checker."""
    found: dict[str, Kept] = {}
    for (name, part), body in parts.items():
        kept, content = found.get(name, Kept()), orjson.loads(body)
        if part == _FIT:
            kept = kept._replace(fit=content)
        elif part == _MODEL:
            kept = kept._replace(model=content)
        elif part.startswith(_STATE):
            kept = kept._replace(state={**kept.state, part.removeprefix(_STATE): content})
        elif part.startswith(_ALERT):
            kept = kept._replace(open=(*kept.open, _open(name, content)))
        found[name] = kept
    return found


def parts_of(checker: Checker, fit: str) -> Iterator[tuple[Place, str]]:
    """What is to be kept of a checker; raises TypeError if that is no JSON."""
    name = checker.name
    yield (name, _FIT), orjson.dumps(fit).decode()
    model = checker.model()
    if model is not None:
        yield (name, _MODEL), orjson.dumps(model).decode()
    for key, value in checker.state().items():
        yield (name, _STATE + key), orjson.dumps(value).decode()


def fit_of(checker: Checker, plan: "Plan") -> str:
    """What a state has to fit: the options, and the metrics that the checker looks at."""
    described = plan.describe()
    metrics = [metric for metric in described["metrics"] if metric["name"] in checker.metrics]
    wish = checker.record_wish
    content = [
        type(checker).__qualname__,
        {key: repr(value) for key, value in sorted(checker.options.items())},
        described["agent"]["slot_seconds"],
        metrics,
        *([] if wish is None else [wish._asdict()]),
    ]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def ended(opened: Open, *, why: str) -> Noted:
    """The end of something whose checker is not there any more."""
    finding = opened.noted.finding
    summary = f"{finding.summary}: {why}"
    closed = finding._replace(phase=Phase.CLOSE, summary=summary, observed=None, score=None)
    return Noted(opened.noted.checker, closed)


def _open(name: str, content: Mapping[str, Any]) -> Open:
    finding = Finding(**content["finding"])
    finding = finding._replace(phase=Phase(finding.phase))
    return Open(Noted(name, finding), tuple(content["receivers"]))
