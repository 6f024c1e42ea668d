"""A whole state as JSON that people can read and `logagent state import` takes back.

What is shown of a series is for reading; what counts on the way back are its bytes, in Base64. All
else is taken as it stands in the document.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from logagent._core import Snapshot
from logagent.errors import StateError
from logagent.state.rows import Commit, no_rows

if TYPE_CHECKING:
    from logagent._core import Rows

_FORMAT = 1
_COMPACT = -1  # `indent` of msgspec: no space at all


class _File(msgspec.Struct, forbid_unknown_fields=True):
    id: int
    updated: str | None
    record: msgspec.Raw


class _Series(msgspec.Struct, forbid_unknown_fields=True):
    labels: dict[str, str | None]
    values: dict[str, Any]
    key: bytes
    state: bytes


class _Metric(msgspec.Struct, forbid_unknown_fields=True):
    definition: msgspec.Raw
    series: list[_Series]


class _Tally(msgspec.Struct, forbid_unknown_fields=True):
    of: msgspec.Raw
    counters: msgspec.Raw


class _Position(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    position: msgspec.Raw


class _Model(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    body: msgspec.Raw


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    logagent_state: int
    """The version of this format."""
    committed: str
    commit: int
    files: list[_File]
    metrics: list[_Metric]
    tallies: list[_Tally]
    positions: list[_Position]
    models: list[_Model] = []
    """Missing in what an older logagent wrote."""


def export_text(rows: "Rows", commit: Commit) -> bytes:
    """The document of these rows: indented JSON, ending with a line feed."""
    metrics = [_Metric(_raw(definition), []) for definition in rows["metrics"]]
    names = [msgspec.json.decode(definition).get("labels", []) for definition in rows["metrics"]]
    for place, key, state in rows["series"]:
        values = Snapshot.read_series(key, state)
        labels = dict(zip(names[place], values.pop("labels"), strict=True))
        metrics[place].series.append(_Series(labels, values, key, state))
    document = _Document(
        logagent_state=_FORMAT,
        committed=_iso(commit.unix_ms),
        commit=commit.number,
        files=[
            _File(number, _updated(record), _raw(record))
            for number, record in rows["files"]
            if record is not None
        ],
        metrics=metrics,
        tallies=[_Tally(_raw(key), _raw(counters)) for key, counters in rows["tallies"]],
        positions=[
            _Position(key, _raw(position))
            for key, position in rows["positions"]
            if position is not None
        ],
        models=[_Model(key, _raw(body)) for key, body in rows["models"] if body is not None],
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def import_text(text: bytes, *, origin: str) -> "Rows":
    """The rows of a document; `origin` names it in errors.

    Raises `StateError` that says where the document is no export, or which series cannot be read.
    """
    try:
        document = msgspec.json.decode(text, type=_Document)
    except msgspec.DecodeError as error:
        raise StateError(f"{origin}: no exported state: {error}") from None
    if document.logagent_state != _FORMAT:
        raise StateError(
            f"{origin}: exported by a newer logagent (format {document.logagent_state})",
            hint="use that logagent",
        )
    rows = no_rows()
    rows["metrics"] = [_text(metric.definition) for metric in document.metrics]
    for place, metric in enumerate(document.metrics):
        for number, series in enumerate(metric.series):
            try:
                Snapshot.read_series(series.key, series.state)
            except ValueError as error:
                where = f"$.metrics[{place}].series[{number}]"
                raise StateError(f"{origin}: no series at `{where}`: {error}") from None
            rows["series"].append((place, series.key, series.state))
    rows["files"] = [(file.id, _text(file.record)) for file in document.files]
    rows["tallies"] = [(_text(tally.of), _text(tally.counters)) for tally in document.tallies]
    rows["positions"] = [(one.key, _text(one.position)) for one in document.positions]
    rows["models"] = [(one.key, _text(one.body)) for one in document.models]
    return rows


def _raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


def _text(raw: msgspec.Raw) -> str:
    """The JSON text as it was before it was indented."""
    return msgspec.json.format(bytes(raw), indent=_COMPACT).decode()


def _updated(record: str) -> str | None:
    unix_ms = msgspec.json.decode(record).get("updated_unix_ms")
    return None if unix_ms is None else _iso(unix_ms)


def _iso(unix_ms: int) -> str:
    return datetime.fromtimestamp(unix_ms / 1000, UTC).isoformat(timespec="milliseconds")
