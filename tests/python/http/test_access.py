import asyncio
import base64
from pathlib import Path

import pytest

from logagent.errors import ConfigError
from logagent.http.access import Access, load
from logagent.http.password import PasswordHash

TOKEN = "0123456789abcdef"  # noqa: S105 - of tests


def basic(credentials: str) -> str:
    return "Basic " + base64.b64encode(credentials.encode()).decode()


def admits(access: Access, authorization: str | None) -> bool:
    return asyncio.run(access.admits(authorization))


def agent(**files: Path) -> dict[str, str | None]:
    return {"token_file": None, "basic_auth_file": None} | {
        key: str(path) for key, path in files.items()
    }


def test_without_protection_everybody_may_ask() -> None:
    assert admits(Access(), None)
    assert load(agent()).is_open


def test_a_token() -> None:
    access = Access(token=TOKEN)
    assert admits(access, f"Bearer {TOKEN}")
    assert admits(access, f"bearer  {TOKEN} ")
    for wrong in (None, "", TOKEN, f"Bearer {TOKEN}0", "Bearer", f"Basic {TOKEN}", "Bearer ü"):
        assert not admits(access, wrong), wrong
    assert access.challenge == "Bearer"


def test_users() -> None:
    access = Access(users={"ann": PasswordHash.of("one:two"), "bob": PasswordHash.of("three")})
    assert admits(access, basic("ann:one:two"))
    assert admits(access, basic("ann:one:two")), "what is remembered"
    assert admits(access, basic("bob:three"))
    for wrong in (
        None,
        basic("ann:three"),
        basic("bob:"),
        basic("bob"),
        basic("eve:three"),
        "Basic %%%",
        f"Bearer {TOKEN}",
    ):
        assert not admits(access, wrong), wrong
    assert access.challenge == 'Basic realm="logagent"'


def test_remembered_credentials_are_not_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    access = Access(users={"ann": PasswordHash.of("one")})
    assert admits(access, basic("ann:one"))

    def unexpected(_hash: PasswordHash, _password: str) -> bool:
        raise AssertionError

    monkeypatch.setattr(PasswordHash, "is_of", unexpected)
    assert admits(access, basic("ann:one"))


def test_either_protection_admits() -> None:
    access = Access(token=TOKEN, users={"ann": PasswordHash.of("one")})
    assert admits(access, f"Bearer {TOKEN}")
    assert admits(access, basic("ann:one"))
    assert not admits(access, None)


def test_files(tmp_path: Path) -> None:
    token, users = tmp_path / "token", tmp_path / "users"
    token.write_text(f"{TOKEN}\n")
    users.write_text(f"# who may ask\n\nann:{PasswordHash.of('one')}\n")
    access = load(agent(token_file=token, basic_auth_file=users))
    assert admits(access, f"Bearer {TOKEN}")
    assert admits(access, basic("ann:one"))


def test_every_problem_of_files_at_once(tmp_path: Path) -> None:
    token, users = tmp_path / "token", tmp_path / "users"
    token.write_text("short\n")
    users.write_text(f"ann:{PasswordHash.of('one')}\nann:x\nbob:secret\n:x\n")
    with pytest.raises(ConfigError) as caught:
        load(agent(token_file=token, basic_auth_file=users))
    places = [(Path(one.origin or "").name, one.line) for one in caught.value.problems]
    assert places == [("token", 1), ("users", 2), ("users", 3), ("users", 4)]
    assert "secret" not in str(caught.value), "a password that was not hashed stays out of logs"


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(agent(token_file=tmp_path / "a", basic_auth_file=tmp_path / "b"))
    assert [one.code for one in caught.value.problems] == ["unreadable-file"] * 2


def test_a_file_without_users_protects_nothing_so_it_is_refused(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("# nobody yet\n")
    with pytest.raises(ConfigError, match="there is no user"):
        load(agent(basic_auth_file=users))
