"""Rules of a category as they will be written, and which of them wins for a text."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_TESTS = ("exact", "prefix", "suffix", "contains", "regex")


class Replacement(NamedTuple):
    """One `{ regex, with }` of a category, in syntax that Python and the core both read."""

    regex: str
    by: str

    def apply(self, text: str) -> str:
        """Replace all matches."""
        return re.sub(self.regex, self.by, text, flags=re.ASCII)


class Rule(NamedTuple):
    """One rule: it holds where one of its tests does."""

    name: str
    exact: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    suffix: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    regex: tuple[str, ...] = ()

    def holds(self, text: str) -> bool:
        """Whether the rule holds for `text`."""
        return (
            text in self.exact
            or text.startswith(self.prefix)
            or text.endswith(self.suffix)
            or any(part in text for part in self.contains)
            or any(re.search(regex, text, re.ASCII) for regex in self.regex)
        )

    def content(self) -> dict[str, str | list[str]]:
        """The rule as a table of the configuration."""
        tests = {name: list(getattr(self, name)) for name in _TESTS if getattr(self, name)}
        one_each = {name: test[0] if len(test) == 1 else test for name, test in tests.items()}
        return {"name": self.name, **one_each}


def wins(rules: Sequence[Rule], texts: Mapping[str, int]) -> Counter[Rule | None]:
    """How many of the counted `texts` each rule wins; None is no rule."""
    won: Counter[Rule | None] = Counter()
    for text, count in texts.items():
        won[next((rule for rule in rules if rule.holds(text)), None)] += count
    return won
