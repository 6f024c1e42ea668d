"""How commands are declared, beside the functions that run them.

A declaration is texts and numbers. `_core.parse_arguments` makes a parser of it, by clap, when its
command is called.
"""

from __future__ import annotations

TYPE_CHECKING = False  # start-up counts
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Literal

    Arity = Literal["flag", "one", "many"]
    Range = tuple[int, int | None] | tuple[float, float]
    Run = Callable[..., int | None]


class Parameter:
    """An option, a flag or an argument: one keyword argument of the function of a command."""

    __slots__ = (
        "arity",
        "choices",
        "default",
        "flags",
        "help",
        "is_global",
        "is_required",
        "metavar",
        "name",
        "within",
    )

    def __init__(
        self,
        name: str,
        flags: tuple[str, ...],
        arity: Arity,
        metavar: str,
        help: str,
    ) -> None:
        self.name = name
        self.flags = flags
        """With their hyphens; none for an argument."""
        self.arity = arity
        self.metavar = metavar
        self.help = help
        self.default: str | None = None
        self.choices: tuple[str, ...] = ()
        self.within: Range | None = None
        self.is_required = False
        self.is_global = False


def option(  # noqa: PLR0913 - what an option can be
    *flags: str,
    help: str,
    name: str = "",
    metavar: str = "",
    default: object = None,
    choices: tuple[str, ...] = (),
    within: Range | None = None,
    many: bool = False,
    is_required: bool = False,
    is_global: bool = False,
) -> Parameter:
    """An option with a value, which is a text; None if it is not given and has no default.

    With `within` the value is a number from the least to the greatest: an integer, or a float if
    these are; None is no end. With `many` the option may be given several times, and the value is a
    tuple of texts. The sub-commands take what is global too.
    """
    name = name or _name(flags)
    found = Parameter(name, flags, "many" if many else "one", metavar or name.upper(), help)
    found.default = None if default is None else str(default)
    found.choices = choices
    found.within = within
    found.is_required = is_required
    found.is_global = is_global
    return found


def flag(*flags: str, help: str, name: str = "") -> Parameter:
    """An option without a value: True if it is given."""
    return Parameter(name or _name(flags), flags, "flag", "", help)


def argument(name: str, metavar: str, *, help: str, is_required: bool = False) -> Parameter:
    """An argument; None if it is not given."""
    found = Parameter(name, (), "one", metavar, help)
    found.is_required = is_required
    return found


def arguments(name: str, metavar: str, *, help: str) -> Parameter:
    """All further arguments, a tuple."""
    return Parameter(name, (), "many", metavar, help)


class Command:
    """A command: what it takes, and the function that runs it."""

    __slots__ = (
        "about",
        "commands",
        "examples",
        "is_group",
        "parameters",
        "run",
        "sees_given",
        "version",
    )

    def __init__(
        self,
        about: str | None,
        parameters: Sequence[Parameter] = (),
        *,
        examples: str = "",
        run: Run | None = None,
        commands: Sequence[tuple[str, Command]] = (),
        version: str | None = None,
        sees_given: bool = False,
    ) -> None:
        """`about` is the text of its help, in paragraphs, and the first line the summary.

        Without `run` it is there for its `commands`.
        """
        self.about = about or ""
        self.parameters = list(parameters)
        self.examples = examples
        self.run = run
        self.commands = list(commands)
        self.is_group = run is None
        self.version = version
        self.sees_given = sees_given

    @property
    def summary(self) -> str:
        """The first line of what is said about it."""
        return self.about.partition("\n")[0]


def takes(
    *parameters: Parameter,
    examples: str = "",
    commands: Sequence[tuple[str, Command]] = (),
    sees_given: bool = False,
) -> Callable[[Run], Command]:
    """Make the function below a command that takes these parameters; its docstring is the help.

    The function returns the exit code, None for 0. With `sees_given` it has one keyword argument
    more, `given`: an `options.Given`.
    """

    def declared(run: Run) -> Command:
        return Command(
            run.__doc__,
            parameters,
            examples=examples,
            run=run,
            commands=commands,
            sees_given=sees_given,
        )

    return declared


def _name(flags: tuple[str, ...]) -> str:
    """`--object-lines` gives `object_lines`."""
    return max(flags, key=len).lstrip("-").replace("-", "_")
