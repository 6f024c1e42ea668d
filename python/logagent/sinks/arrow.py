"""Objects of JSON as a table of Arrow (extra `arrow`)."""

from collections.abc import Sequence
from typing import Any

import orjson


def table_of(lines: Sequence[bytes]) -> bytes:
    """The objects as a stream of Arrow's IPC format with one batch: a column for each key.

    Objects inside of them are structs. Where values of a key are of different types, its column is
    of texts, each the value as JSON.
    """
    import pyarrow as pa

    objects: list[dict[str, Any]] = [orjson.loads(line) for line in lines]
    names = dict.fromkeys(name for one in objects for name in one)
    columns = [_column([one.get(name) for one in objects]) for name in names]
    batch = pa.RecordBatch.from_arrays(columns, names=[*names])
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, batch.schema) as writer:
        writer.write_batch(batch)
    written: bytes = out.getvalue().to_pybytes()
    return written


def _column(values: list[Any]) -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        if all(isinstance(value, dict | None) for value in values):
            return _struct(values)
        return pa.array(
            [None if value is None else orjson.dumps(value).decode() for value in values]
        )


def _text(value: Any) -> str | None:  # noqa: ANN401
    return None if value is None else orjson.dumps(value).decode()


def _struct(values: list[dict[str, Any] | None]) -> Any:  # noqa: ANN401
    """Objects of which some member has values of different types."""
    import pyarrow as pa

    names = dict.fromkeys(name for one in values if one for name in one)
    columns = [_column([(one or {}).get(name) for one in values]) for name in names]
    return pa.StructArray.from_arrays(columns, names=[*names])
