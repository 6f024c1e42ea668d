"""From an mtail program to a source, its format and metrics."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from logagent.importers.imported import Import, Imported, regex_fault, unreadable
from logagent.importers.mtail.groups import group_names, rename_group
from logagent.importers.mtail.program import Block, Declaration, Program, Statement, parse
from logagent.importers.mtail.tokens import Kind, Token

if TYPE_CHECKING:
    from logagent.toml import Value

_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_KINDS = {"counter": "counter", "gauge": "gauge", "histogram": "histogram"}


class _Update(NamedTuple):
    """A statement that moves a metric."""

    declaration: Declaration
    keys: list[str]
    value: str | None
    """The capture whose number is taken; None counts one."""
    condition: str | None
    line: int


def import_program(text: str, origin: str) -> Imported:
    """A source whose format is the program's pattern, and the metrics that it moves.

    A source has one format: of a program with several patterns the first is taken.
    Raises `ConfigError` when `text` is no program.
    """
    try:
        program = parse(text)
    except ValueError as error:
        message, line = error.args
        raise unreadable(origin, f"not an mtail program: {message}", line=line) from None
    return _Conversion(program, text.splitlines(), origin).run()


class _Conversion:
    def __init__(self, program: Program, lines: Sequence[str], origin: str) -> None:
        self._program = program
        self._lines = lines
        self._result = Import(origin)
        self._origin = origin
        self._metrics = {one.name: one for one in program.declarations}
        self._captures: list[str | None] = []
        self._updates: list[_Update] = []
        self._mentioned: set[str] = set()

    def run(self) -> Imported:
        self._result.document.note(f"Imported from {self._origin}: an mtail program.")
        pattern = None
        for item in self._program.body:
            regex = self._regex(item.condition) if isinstance(item, Block) else None
            if not isinstance(item, Block) or regex is None:
                self._leave_out("outside a pattern's block", item.line)
            elif pattern is not None:
                reason = "a source has one format; this pattern needs a configuration of its own"
                self._leave_out(reason, item.line)
            elif fault := regex_fault(regex):
                self._leave_out(fault, item.line)
            else:
                pattern = regex
                self._captures = group_names(regex)
                self._read(item.body, condition=None)
        if pattern is not None:
            self._write(pattern)
        for declaration in self._program.declarations:
            if declaration.name not in self._mentioned and not declaration.is_hidden:
                self._leave_out("no statement that is imported moves it", declaration.line)
        return self._result.finish()

    def _leave_out(self, reason: str, line: int) -> None:
        text = self._lines[line - 1] if line <= len(self._lines) else None
        self._result.leave_out(reason, line=line, text=text)

    def _regex(self, condition: Sequence[Token]) -> str | None:
        """The regex of `/a/ + B + /c/`, if the condition is just that."""
        regex = ""
        for index, token in enumerate(condition):
            if index % 2 == 1:
                if token.text != "+":
                    return None
            elif token.kind is Kind.REGEX:
                regex += token.text
            elif token.kind is Kind.WORD and token.text in self._program.constants:
                constant = self._program.constants[token.text]
                inner = None if constant == list(condition) else self._regex(constant)
                if inner is None:
                    return None
                regex += inner
            else:
                return None
        return regex

    def _read(self, body: Sequence[Block | Statement], condition: str | None) -> None:
        """Take note of what the statements of a block move."""
        for item in body:
            if isinstance(item, Statement):
                self._read_statement(item, condition)
                continue
            own = self._comparison(item.condition)
            if own is None or condition is not None:
                self._leave_out("a condition that is not one comparison", item.line)
            else:
                self._read(item.body, own)

    def _comparison(self, condition: Sequence[Token]) -> str | None:
        """`$status >= 500` as a condition of ours."""
        if len(condition) != 3 or condition[1].text not in _COMPARISONS:  # noqa: PLR2004
            return None
        capture, sign, constant = condition
        name = self._capture(capture)
        if name is None or constant.kind not in {Kind.NUMBER, Kind.STRING}:
            return None
        shown = f'"{constant.text}"' if constant.kind is Kind.STRING else constant.text
        return f"{name} {sign.text} {shown}"

    def _capture(self, token: Token) -> str | None:
        """The name of the group that a capture means: `group_1` for one without a name."""
        if token.kind is not Kind.CAPTURE:
            return None
        if not token.text.isdecimal():
            return token.text if token.text in self._captures else None
        number = int(token.text)
        if not 1 <= number <= len(self._captures):
            return None
        return self._captures[number - 1] or f"group_{number}"

    def _read_statement(self, statement: Statement, condition: str | None) -> None:
        tokens, line = statement
        if tokens[0].text in {"next", "stop"} and len(tokens) == 1:
            return
        if tokens[0].text in {"strptime", "settime"}:
            reason = "times: a group named `time` is the time of the record, in ISO 8601"
            self._leave_out(reason, line)
            return
        declaration = self._metrics.get(tokens[0].text)
        self._mentioned.add(tokens[0].text)
        update = declaration and self._update(declaration, tokens[1:], condition, line)
        if not update:
            self._leave_out("no counterpart", line)
        elif update.declaration.is_hidden or update.declaration.kind not in _KINDS:
            self._leave_out(f"a metric of the kind {update.declaration.kind}, or hidden", line)
        elif any(known.declaration.name == update.declaration.name for known in self._updates):
            self._leave_out(f"`{update.declaration.name}` is moved in two places", line)
        else:
            self._updates.append(update)

    def _update(
        self, declaration: Declaration, tokens: Sequence[Token], condition: str | None, line: int
    ) -> _Update | None:
        """`[$a][$b]++`, `[$a] += $b` or `= $b` behind the name of a metric."""
        keys: list[str] = []
        while len(tokens) >= 3 and tokens[0].text in {"[", ","}:  # noqa: PLR2004 - [ key ]
            key = self._capture(tokens[1])
            if key is None or tokens[2].text not in {"]", ","}:
                return None
            keys.append(key)
            tokens = tokens[3 if tokens[2].text == "]" else 2 :]
        if len(keys) != len(declaration.labels):
            return None
        is_counter = declaration.kind == "counter"
        match [token.text for token in tokens]:
            case ["++"] if is_counter:
                return _Update(declaration, keys, None, condition, line)
            case [sign, _] if sign == ("+=" if is_counter else "="):
                value = self._capture(tokens[1])
                if value is not None:
                    return _Update(declaration, keys, value, condition, line)
        return None

    def _write(self, pattern: str) -> None:
        names = self._label_names()
        for old, new in names.items():
            pattern = rename_group(pattern, old, new)
        used = {key for update in self._updates for key in (*update.keys, update.value)}
        unnamed = [
            names.get(group, group) if group in used else "-"
            for number, name in enumerate(self._captures, 1)
            if name is None and (group := f"group_{number}")
        ]
        document = self._result.document
        document.item("source", notes=["paths = […] as mtail has them in --logs"])
        document.set("name", "mtail")
        document.set("format", "mtail")
        document.table("formats", "mtail")
        document.set("regex", pattern)
        if set(unnamed) - {"-"}:
            document.set("fields", unnamed)
        for update in self._updates:
            self._write_metric(update, names)

    def _label_names(self) -> dict[str, str]:
        """Groups that become fields with the name of the label that they are the value of.

        Updates are left out whose labels would give one group two names, or two groups one.
        """
        names: dict[str, str] = {}
        owners = {name: name for name in self._captures if name}
        for update in list(self._updates):
            wanted = [*zip(update.keys, update.declaration.labels, strict=True)]
            clash = next(
                (
                    label
                    for group, label in wanted
                    if names.get(group, label) != label or owners.get(label, group) != group
                ),
                None,
            )
            if clash is not None or len(dict(wanted)) < len(wanted):
                self._updates.remove(update)
                self._leave_out(f"label `{clash}` is the name of another group", update.line)
                continue
            names.update(wanted)
            owners.update((label, group) for group, label in wanted)
        return {group: label for group, label in names.items() if group != label}

    def _write_metric(self, update: _Update, names: dict[str, str]) -> None:
        declaration, document = update.declaration, self._result.document
        document.item("metric")
        document.set("name", declaration.exported_name)
        document.set("type", _KINDS[declaration.kind])
        labels: list[Value] = [names.get(key, key) for key in update.keys]
        document.set("labels", labels)
        if update.value is not None:
            document.set("value", names.get(update.value, update.value))
        if update.condition is not None:
            name, _, rest = update.condition.partition(" ")
            document.set("when", f"{names.get(name, name)} {rest}")
        if declaration.buckets:
            # There the first bound is the lower end of the first bucket.
            document.set("buckets", list(declaration.buckets))
