"""Counts web access logs: a library, and the command `logagent`.

    >>> import logagent
    >>> logagent.scan("access.log", by=["method", "status"]).to_dicts()

Names are loaded when they are first used, so that a command pays only for what it needs.
"""

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from logagent._core import __version__
    from logagent.client import events
    from logagent.errors import ArgumentError, ConfigError, InputError, LogagentError
    from logagent.library import scan
    from logagent.result import ScanResult

__all__ = [
    "ArgumentError",
    "ConfigError",
    "InputError",
    "LogagentError",
    "ScanResult",
    "__version__",
    "events",
    "scan",
]

_HOMES = {
    "ArgumentError": "logagent.errors",
    "ConfigError": "logagent.errors",
    "InputError": "logagent.errors",
    "LogagentError": "logagent.errors",
    "ScanResult": "logagent.result",
    "__version__": "logagent._core",
    "events": "logagent.client",
    "scan": "logagent.library",
}


def __getattr__(name: str) -> object:
    """Load a public name from the module that defines it, once."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted({*globals(), *__all__})
