from pathlib import Path

from logagent.http.password import PasswordHash
from tests.python.process import assert_one_error, logagent


def test_a_password_becomes_a_hash() -> None:
    done = logagent("run", "--hash-password", stdin=b"secret\nsecret\n")
    assert done.returncode == 0, done.stderr
    assert PasswordHash.parse(done.stdout.decode().strip().splitlines()[-1]).is_of("secret")


def test_reload_says_what_it_needs(tmp_path: Path) -> None:
    assert_one_error(logagent("reload"), says="--config", code=2)
    config = tmp_path / "config.toml"
    config.write_text("")
    done = logagent("reload", "-c", config, "--against", config)
    assert_one_error(done, says="--against needs --preview", code=2)
    done = logagent("reload", "--preview", "-c", config, "--against", tmp_path / "none")
    assert_one_error(done, says="No such file", code=78)


def test_a_preview_of_nothing(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("")
    done = logagent("reload", "--preview", "-c", config, "--against", config)
    assert done.returncode == 0
    assert done.stdout == b"0 differences; 0 values are equal (last lines: none)\n"
