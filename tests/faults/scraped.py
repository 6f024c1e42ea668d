"""What a scrape answered: Prometheus text, read without losing a digit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tests.faults.ledger import MODULUS, STATUSES, Total

_SAMPLE = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (\S+)'
)
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}

_OF_COUNTERS = ("_bucket", "_count", "_sum", "_total")


@dataclass
class Scrape:
    """Samples by their series, written as in the text: `name{label="value"}`."""

    samples: dict[str, Decimal] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, body: bytes) -> "Scrape":
        """Reads a whole answer; a line that is not of the format fails the test."""
        scrape = cls()
        text = body.decode()  # strictly: one bad byte would fail Prometheus' whole scrape
        assert text.endswith("\n"), "the last line has no end"
        for line in text.removesuffix("\n").split("\n"):
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name not in scrape.types, f"two families {name}"
                scrape.types[name] = kind
            elif not line.startswith("#"):
                match = _SAMPLE.fullmatch(line)
                assert match is not None, f"not a sample: {line!r}"
                series = match[1] + (match[2] or "")
                assert series not in scrape.samples, f"series twice: {series}"
                scrape.samples[series] = Decimal(match[3])
        return scrape

    def counters(self) -> Mapping[str, Decimal]:
        """The samples that may only rise: of counters, histograms and summaries, no quantiles."""
        return {
            series: value
            for series, value in self.samples.items()
            if self._type_of(series.partition("{")[0]) in {"counter", "histogram", "summary"}
            and "quantile=" not in series
        }

    def family(self, name: str) -> dict[tuple[tuple[str, str], ...], Decimal]:
        """The samples of one name, by their labels in order."""
        found = {}
        for series, value in self.samples.items():
            if series.partition("{")[0] == name:
                labels = [(key, _unescape(text)) for key, text in _LABEL.findall(series)]
                found[tuple(sorted(labels))] = value
        return found

    def sum(self, name: str, **labels: str) -> int:
        """The sum of the samples of one name that have these labels; 0 where there are none."""
        wanted = set(labels.items())
        found = (value for key, value in self.family(name).items() if wanted <= set(key))
        return int(sum(found, Decimal(0)))

    def total(self) -> Total:
        """What the service says that it counted.

        One scrape shows one commit: the metrics of the configuration must agree with each other.
        """
        lines = self.sum("lines_total")
        by_status = self.sum("by_status_total")
        assert by_status == lines, f"metrics of different commits: {lines} and {by_status} lines"
        assert len(self.family("by_status_total")) <= len(STATUSES)
        return Total(lines, self.sum("n_total") % MODULUS, self.sum("n2_total") % MODULUS)

    def rejected(self, **labels: str) -> int:
        """Lines that were refused, by the service's own count."""
        name = "logagent_rejected_lines_total"
        assert name in self.types, "the service does not say what it refused"
        return self.sum(name, **labels)

    def _type_of(self, name: str) -> str:
        if name in self.types:
            return self.types[name]
        family = next((name.removesuffix(end) for end in _OF_COUNTERS if name.endswith(end)), name)
        return self.types.get(family, "untyped")


def _unescape(text: str) -> str:
    return re.sub(r"\\.", lambda match: _ESCAPES[match[0]], text)
