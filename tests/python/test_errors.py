import pytest

from logagent.errors import ArgumentError, ConfigError, InputError, Problem


def test_config_error_takes_what_the_core_gives() -> None:
    error = ConfigError(
        [
            {
                "code": "unknown-field",
                "message": "unknown field `staus`",
                "origin": "config.toml",
                "line": 12,
                "column": 11,
                "end_column": 18,
                "text": 'labels = ["staus"]',
                "hint": "did you mean `status`?",
            },
            {"code": "missing", "message": "no source", "origin": "config.toml"},
            {"code": "odd", "message": "a warning", "severity": "warning"},
        ]
    )
    assert error.exit_code == 78
    assert str(error).splitlines() == [
        "config.toml:12:11: unknown field `staus` [unknown-field]",
        '  labels = ["staus"]',
        "            ^^^^^^^",
        "  hint: did you mean `status`?",
        "config.toml: no source",
    ]
    assert [kind for kind, _ in error.explain()] == ["error", "hint", "error"]
    assert [warning.code for warning in error.warnings] == ["odd"]


@pytest.mark.parametrize(
    ("column", "end_column", "carets"),
    [(1, 3, "^^"), (5, 6, "    ^"), (5, None, "    ^"), (2, 100, " ^^^^"), (6, 6, "     ^")],
)
def test_carets_stay_below_the_text(column: int, end_column: int | None, carets: str) -> None:
    problem = Problem("x", "wrong", line=1, column=column, end_column=end_column, text="a\tb c")
    assert problem.render().splitlines()[1:] == ["  a b c", "  " + carets]


def test_argument_error_names_its_argument() -> None:
    error = ArgumentError.of("--since", "`x` is not an instant", hint="write 2026-11-21")
    assert error.exit_code == 2
    assert list(error.explain()) == [
        ("error", "--since: `x` is not an instant"),
        ("hint", "write 2026-11-21"),
    ]


def test_input_error_tells_of_each_input() -> None:
    error = InputError([("a.log", "no such file"), ("b.log", "is a directory")])
    assert str(error) == "a.log: no such file; b.log: is a directory"
    assert list(error.explain()) == [
        ("error", "a.log: no such file"),
        ("error", "b.log: is a directory"),
    ]
