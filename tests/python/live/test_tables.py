from logagent._core import Plan, Scanner
from logagent.live import committed
from logagent.live.plain import plain_of, view_of
from logagent.live.tables import Figures, Kind, Question, Recent, Row, answer, tables
from logagent.live.view import Alert, View

PLAN = """
[[source]]
name = "s"
format = 'pattern:%{path} %{status} %{bytes} %{request_time}'
[categories.group]
on = "path"
rules = [{ name = "api", prefix = "/api" }]
default = "other"
[[metric]]
name = "partial_total"
labels = ["status"]
when = "status == 500"
[[metric]]
name = "requests_total"
labels = ["status", "group"]
sums = ["bytes"]
[[metric]]
name = "paths"
type = "top"
value = "path"
[[metric]]
name = "seconds"
type = "quantiles"
value = "request_time"
labels = ["section"]
"""
LINES = b"/api/a 200 10 0.1\n/api/b 500 20 0.5\n/x 200 30 0.2\n/x 200 40 0.2\n"


def plan() -> Plan:
    text = PLAN.replace("'pattern:%{path} %{status} %{bytes} %{request_time}'", '"own"')
    return Plan.from_toml(
        text + "[formats.own]\nnginx = '$path $status $bytes $request_time'\n", origin="test"
    )


def test_questions_of_a_configuration() -> None:
    questions = committed.questions_of(plan().describe())
    assert [(one.key, one.kind, one.metric) for one in questions] == [
        ("group", Kind.LABEL, 1),  # categories come first
        ("status", Kind.LABEL, 1),  # of the metric without a condition
        ("top path", Kind.TOP, 2),
        ("section", Kind.LABEL, 3),
        ("slowest section", Kind.SLOWEST, 3),
    ]


def test_answers_add_up_the_other_labels() -> None:
    scanner = Scanner(plan())
    scanner.scan(LINES)
    snapshot = scanner.take()
    by_key = {one.key: one for one in committed.questions_of(plan().describe())}

    def rows(key: str) -> dict[str, Figures]:
        return answer(by_key[key], snapshot.series(by_key[key].metric))

    assert rows("status") == {"200": Figures(3, 80), "500": Figures(1, 20)}
    assert rows("group") == {"other": Figures(2, 70), "api": Figures(2, 30)}
    assert {text: one.total for text, one in rows("top path").items()}["/x"] == 2
    assert 0.19 < (rows("slowest section")["/x"].seconds or 0) < 0.21


def test_recent_is_the_last_ten_seconds() -> None:
    recent = Recent()
    recent.add(100.0, {"a": {"x": 1}})
    recent.add(105.0, {"a": {"x": 2, "y": 3}})
    assert recent.counts(109.0) == {"a": {"x": 3, "y": 3}}
    assert recent.counts(110.0) == {"a": {"x": 2, "y": 3}}
    assert recent.counts(116.0) == {}


def test_a_table_has_the_largest_and_the_latest() -> None:
    question = Question("a", "A", Kind.LABEL, 0, "a")
    totals = {"a": {"old": Figures(9), "older": Figures(5), "rare": Figures(1)}}
    (table,) = tables([question], totals, {"a": {"rare": 1, "new": 2}}, limit=2)
    assert [(row.text, row.total, row.recent) for row in table.rows] == [
        ("old", 9, 0),
        ("older", 5, 0),
        ("new", 2, 2),
        ("rare", 1, 1),
    ]
    assert table.values == 3


def test_an_absent_field_is_no_table() -> None:
    question = Question("a", "A", Kind.LABEL, 0, "a")
    assert tables([question], {"a": {"-": Figures(9)}}, None, limit=2) == []


def test_uncertain_counts_come_after_certain_ones() -> None:
    question = Question("a", "A", Kind.TOP, 0)
    totals = {"a": {"came last": Figures(10, error=9), "known": Figures(8)}}
    (table,) = tables([question], totals, None, limit=2)
    assert [row.text for row in table.rows] == ["known", "came last"]


def test_differences_are_never_below_nothing() -> None:
    old = {"a": {"x": 5, "y": 1}}
    new = {"a": {"x": 3, "y": 4, "z": 2}, "b": {"x": 1}}
    assert committed.difference(new, old) == {"a": {"y": 3, "z": 2}}


def test_a_view_crosses_as_plain_values() -> None:
    question = Question("a", "A", Kind.LABEL, 0, "a")
    view = View(
        title="t",
        state="following",
        at=5.0,
        lines=3,
        rejected=1,
        size_bytes=9,
        per_second=0.5,
        history=[1, 2],
        tables=tables([question], {"a": {"x": Figures(3, 2.0)}}, None, limit=5),
        alerts=[Alert("high", "open", 4.0, "12 is above 10")],
    )
    plain = {**plain_of(view), "problems": [{"message": "m"}]}
    again = view_of(plain, title="t")
    assert again == view._replace(problems=["m"], alert_history=[])
    assert again.tables[0].rows == [Row("x", 3, 0, None, 2.0, None)]
