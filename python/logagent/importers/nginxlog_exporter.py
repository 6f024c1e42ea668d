"""Imports the YAML configuration of prometheus-nginxlog-exporter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from logagent.errors import ArgumentError, MissingPackageError
from logagent.importers.imported import (
    Import,
    Imported,
    name_template,
    path_text,
    regex_fault,
    unreadable,
)
from logagent.query import compile_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import yaml

    from logagent.toml import Value

_REQUEST_PARTS = ("method", "target", "protocol")
_QUANTILES = (0.5, 0.9, 0.99)
# Field of the format → the exporter's metric of it.
_SIZES = {
    "body_bytes_sent": "http_response_size_bytes",
    "request_length": "http_request_size_bytes",
}
_TIMES = {
    "upstream_response_time": "http_upstream_time_seconds",
    "upstream_connect_time": "http_upstream_connect_time_seconds",
    "request_time": "http_response_time_seconds",
}
_READ_KEYS = frozenset(
    {
        "name",
        "format",
        "source",
        "source_files",
        "relabel_configs",
        "histogram_buckets",
        "metrics_override",
        "parser",
    }
)
_HARMLESS_KEYS = frozenset({"print_log"})


class _Label(NamedTuple):
    name: str
    is_of_counter_only: bool


def import_exporter(text: str, origin: str) -> Imported:
    """A source and its metrics for the first namespace of the file.

    Raises `ConfigError` when `text` is no such configuration, `MissingPackageError` without a
    reader of YAML.
    """
    result = Import(origin)
    namespaces = _namespaces(text, origin)
    result.document.note(f"Imported from {origin}: prometheus-nginxlog-exporter.")
    for index, (namespace, line) in enumerate(namespaces):
        if index == 0:
            _Namespace(result, namespace, line).write()
        else:
            result.leave_out(
                f"namespace `{namespace.get('name', '')}`: metrics count the lines of every source,"
                " so it needs a configuration of its own",
                line=line,
            )
    return result.finish()


def _namespaces(text: str, origin: str) -> list[tuple[dict[str, Any], int]]:
    """The namespaces, each with its line; nodes know their lines, plain values do not."""
    try:
        import yaml
    except ImportError:
        raise MissingPackageError(
            "reading YAML needs the package pyyaml", hint="pip install pyyaml"
        ) from None
    try:
        root = yaml.compose(text, yaml.SafeLoader)
        namespaces = _entry(root, "namespaces")
        if not isinstance(namespaces, yaml.SequenceNode) or not namespaces.value:
            hint = (
                "; write an HCL file as YAML first"
                if re.search(r"(?m)^\s*namespace\b", text)
                else ""
            )
            raise unreadable(origin, f"has to be YAML with a list of `namespaces`{hint}")
        found = []
        for node in namespaces.value:
            value = yaml.SafeLoader("").construct_document(node)
            if not isinstance(value, dict):
                raise unreadable(origin, "a namespace has to be a mapping", line=_line(node))
            found.append((value, _line(node)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        message = f"not YAML: {error.problem}"
        raise unreadable(origin, message, line=mark.line + 1 if mark else None) from None
    return found


def _entry(node: yaml.Node | None, name: str) -> yaml.Node | None:
    pairs = node.value if node is not None and node.tag.endswith(":map") else []
    return next((value for key, value in pairs if key.value == name), None)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _fields(log_format: str) -> list[str]:
    """The fields that lines of an nginx `log_format` string give; none if it is malformed."""
    try:
        plan = compile_query(f"nginx:{log_format}", by=()).plan
    except ArgumentError:
        return []
    return list(plan.describe()["sources"][0]["fields"])


class _Namespace:
    """One namespace that is being written."""

    def __init__(self, result: Import, content: Mapping[str, Any], line: int) -> None:
        self._result = result
        self._document = result.document
        self._content = content
        self._line = line
        override = content.get("metrics_override")
        prefix = override.get("prefix") if isinstance(override, dict) else content.get("name")
        self._prefix = f"{prefix}_" if prefix else ""
        self._is_json = content.get("parser") == "json"
        self._format = str(content.get("format", ""))
        self._fields = set() if self._is_json else set(_fields(self._format))

    def write(self) -> None:
        """Write the source, the categories and the metrics."""
        for key in self._content:
            if key == "labels":
                self._leave_out("labels that never change; add them where Prometheus scrapes")
            elif key not in _READ_KEYS | _HARMLESS_KEYS:
                self._leave_out(f"`{key}` has no counterpart")
        self._write_source()
        self._write_metrics([*self._labels()])

    def _has(self, field: str) -> bool:
        """Whether lines have the field; JSON lines may have any."""
        return self._is_json or self._canonical(field) in self._fields

    def _canonical(self, field: str) -> str:
        """The name that the core has for the nginx variable `field`."""
        return next(iter(_fields(f"${field}")), field)

    def _leave_out(self, reason: str) -> None:
        self._result.leave_out(reason, line=self._line)

    def _write_source(self) -> None:
        source = self._content.get("source")
        source = source if isinstance(source, dict) else {}
        if "syslog" in source:
            self._leave_out("a syslog server as the source")
        files = source.get("files") or self._content.get("source_files") or []
        name = str(self._content.get("name") or "nginx")
        self._document.item("source")
        self._document.set("name", name)
        if files:
            self._document.set("paths", [path_text(str(path)) for path in files])
        if self._is_json:
            self._document.set("format", "json")
        else:
            self._document.set("format", "nginx")
            self._document.table("formats", "nginx")
            self._document.set("nginx", self._format)

    def _labels(self) -> Iterator[_Label]:
        """The labels of all metrics; writes the categories that some of them need."""
        configs = self._content.get("relabel_configs") or []
        own = [config for config in configs if isinstance(config, dict)]
        names = {config.get("target_label") for config in own}
        for config in own:
            if label := self._relabelled(config):
                yield label
        for name in ("method", "status"):
            if name not in names and self._has(name):
                yield _Label(name, is_of_counter_only=False)

    def _relabelled(self, config: Mapping[str, Any]) -> _Label | None:
        label, field = str(config.get("target_label", "")), str(config.get("from", ""))
        split = config.get("split") or 0
        if split:
            separator = config.get("separator") or " "
            is_part = isinstance(split, int) and 1 <= split <= len(_REQUEST_PARTS)
            if field != "request" or separator != " " or not is_part:
                self._leave_out(f"label `{label}`: a part of `{field}` split by `{separator}`")
                return None
            field = _REQUEST_PARTS[split - 1]
        if not self._has(field):
            self._leave_out(f"label `{label}`: the format has no `${field}`")
            return None
        if label in self._fields and label != self._canonical(field):
            self._leave_out(f"label `{label}` of `{field}`: the format has another field `{label}`")
            return None
        found = _Label(label, is_of_counter_only=bool(config.get("only_counter")))
        if (allowed := config.get("whitelist")) is not None:
            values = [str(value) for value in allowed]
            rules: list[Value] = [{"name": name_template(one), "exact": one} for one in values]
            self._category(label, field, rules, "other")
        elif matches := config.get("matches"):
            self._category(label, field, [*self._rules(label, matches)], None)
        elif label not in {field, self._canonical(field)}:
            self._category(label, field, [], "$0")
        return found

    def _rules(self, label: str, matches: Sequence[Any]) -> Iterator[Value]:
        for match in matches:
            regex, by = str(match.get("regexp", "")), str(match.get("replacement", ""))
            if fault := regex_fault(regex):
                self._leave_out(f"label `{label}`: {fault}: {regex}")
                continue
            if not (regex.startswith("^") and regex.endswith(("$", ".*", ".+"))):
                # There only what matches is replaced: what stands around it has to be kept.
                groups = [*re.finditer(r"\$(?:(\d+)|\{(\d+)\})", by)]
                if groups or "(" in regex.replace("(?:", ""):
                    self._leave_out(
                        f"label `{label}`: a regex with groups that leaves a part of the text:"
                        f" {regex}"
                    )
                    continue
                regex = f"^(.*?)(?:{regex})(.*)$"
                by = f"${{1}}{name_template(by)}${{2}}"
            yield {"name": by, "regex": regex}

    def _category(self, name: str, on: str, rules: list[Value], default: str | None) -> None:
        self._document.table("categories", name)
        self._document.set("on", on)
        self._document.set_list("rules", [(rule, None) for rule in rules])
        if default is not None:
            self._document.set("default", default)

    def _write_metrics(self, labels: Sequence[_Label]) -> None:
        counted: list[Value] = [label.name for label in labels]
        others: list[Value] = [label.name for label in labels if not label.is_of_counter_only]
        self._metric("http_response_count_total", "counter", counted)
        for field, name in _SIZES.items():
            if self._logs(field):
                self._metric(name, "counter", others, value=field)
        for field, name in _TIMES.items():
            if not self._logs(field):
                continue
            # Of several upstreams the exporter adds the times up.
            value = f"{field}.sum" if field.startswith("upstream") else field
            self._metric(name, "quantiles", others, value=value, quantiles=list(_QUANTILES))
            if buckets := self._content.get("histogram_buckets"):
                bounds = [float(bound) for bound in buckets]
                self._metric(f"{name}_hist", "histogram", others, value=value, buckets=bounds)
            else:
                self._metric(f"{name}_hist", "histogram", others, value=value)

    def _logs(self, field: str) -> bool:
        return re.search(rf"\$\{{?{field}\b", self._format) is not None

    def _metric(self, name: str, kind: str, labels: list[Value], **keys: Value) -> None:
        self._document.item("metric")
        self._document.set("name", f"{self._prefix}{name}")
        self._document.set("type", kind)
        self._document.set("labels", labels)
        for key, value in keys.items():
            self._document.set(key, value)
