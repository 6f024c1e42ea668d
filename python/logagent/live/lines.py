"""Which lines a row of a table was counted from."""

from logagent._core import Plan, Scanner
from logagent.live.tables import Question, answer


class LinesOfRow:
    """Tells the lines of one row from others."""

    def __init__(self, plan: Plan, question: Question, text: str) -> None:
        """`text` is the row's, in the table that `question` asks for."""
        self._plan = plan
        self._question = question
        self._text = text
        names = [source["name"] for source in plan.describe()["sources"]]
        self._numbers = {name: number for number, name in enumerate(names)}
        self._scanners: dict[str, Scanner] = {}

    def holds(self, source: str, line: bytes) -> bool:
        """Whether a line of a source, without its line feed, counts in the row."""
        scanner = self._scanner(source, line)
        if scanner is None:
            return False
        scanner.scan(line + b"\n")
        counted = scanner.take()
        figures = answer(self._question, counted.series(self._question.metric)).get(self._text)
        return figures is not None and figures.total > 0

    def _scanner(self, source: str, line: bytes) -> Scanner | None:
        """That of a source; None of one that is not there, or whose format a line does not tell."""
        if source not in self._scanners and source in self._numbers:
            try:
                scanner = Scanner(self._plan, source=self._numbers[source], head=line + b"\n")
            except ValueError:
                return None
            self._scanners[source] = scanner
        return self._scanners.get(source)
