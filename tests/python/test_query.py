import pytest

from logagent.errors import ArgumentError
from logagent.query import DEFAULT_BY, compile_query


def test_fields_are_taken_once_and_in_order() -> None:
    query = compile_query("combined", by=["status", " method", "status", ""], sums=["bytes"])
    assert (query.by, query.sums) == (("status", "method"), ("bytes",))


def test_default_fields() -> None:
    assert compile_query("combined").by == DEFAULT_BY


def test_default_fields_are_left_out_where_the_format_lacks_them() -> None:
    assert compile_query("$side $drink").by == ()


@pytest.mark.parametrize(
    "log_format",
    [
        "combined",
        "auto",
        "$remote_addr $status",
        'nginx:"$status"',
        "%h %>s",
        "regex:(?P<a>'\"\\\\.)",
    ],
)
def test_formats(log_format: str) -> None:
    assert compile_query(log_format, by=()).by == ()


@pytest.mark.parametrize(
    ("log_format", "by", "sums", "origins"),
    [
        ("combined", ["staus"], [], ["--by"]),
        ("combined", ["status"], ["bites"], ["--sum"]),
        ("combined", ["staus"], ["bites"], ["--by", "--sum"]),
        ("combined", ['"]\n[x'], [], ["--by", "--by"]),  # no field, and no name of a label
        ("combined", ["count"], [], ["--by"]),
        ("combined", ["sum_bytes"], [], ["--by"]),
        ("combinde", ["status"], [], ["--format"]),
        ("$status $", ["status"], [], ["--format"]),
        ("regex:(", ["status"], [], ["--format"]),
        ("\udcff", ["status"], [], ["--format"]),
        ("combined", ["\udcff"], [], ["--by"]),
    ],
)
def test_problems_name_their_option(
    log_format: str, by: list[str], sums: list[str], origins: list[str]
) -> None:
    with pytest.raises(ArgumentError) as raised:
        compile_query(log_format, by=by, sums=sums, option_prefix="--")
    assert [problem.origin for problem in raised.value.problems] == origins


def test_a_problem_in_a_format_shows_the_place() -> None:
    with pytest.raises(ArgumentError) as raised:
        compile_query("$status $", by=[])
    (problem,) = raised.value.problems
    assert problem.text is not None
    assert "$status $" in problem.text
    assert problem.column is not None
    assert problem.column >= 1
