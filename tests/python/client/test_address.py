from pathlib import Path

import pytest

from logagent.client.address import Address
from logagent.client.stream import query_of
from logagent.errors import ArgumentError

AGENT = {"listen": "127.0.0.1:9966", "token_file": None, "tls_cert": None}


def test_addresses_of_urls() -> None:
    assert Address.of_url("http://localhost:9966")[:2] == ("localhost", 9966)
    assert Address.of_url("localhost:1")[:3] == ("localhost", 1, None)
    behind = Address.of_url("https://u:p%40ss@proxy.example/agents/1/")
    assert (behind.port, behind.prefix, behind.authorization) == (
        443,
        "/agents/1",
        "Basic dTpwQHNz",
    )
    assert behind.tls is not None
    assert str(behind) == "https://proxy.example:443/agents/1"
    assert Address.of_url("http://[::1]:1", token="t").authorization == "Bearer t"  # noqa: S106


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://x:port", "http://x:99999"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ArgumentError):
        Address.of_url(url)


def test_the_address_of_an_agent_on_this_machine(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret\nmore\n")
    assert str(Address.of_agent(AGENT)) == "http://127.0.0.1:9966"
    assert str(Address.of_agent({**AGENT, "listen": "0.0.0.0:1"})) == "http://127.0.0.1:1"
    assert str(Address.of_agent({**AGENT, "listen": "[::]:1"})) == "http://[::1]:1"
    found = Address.of_agent({**AGENT, "token_file": str(token)})
    assert found.authorization == "Bearer secret"


def test_questions() -> None:
    assert query_of("-1h", None, ["a", "b"], "body.n > 1") == [
        ("since", "-1h"),
        ("where", "body.n > 1"),
        ("stream", "a"),
        ("stream", "b"),
    ]
    assert query_of(1_800_000_000.25, 7, (), None) == [
        ("since", "@1800000000.250000"),
        ("after", "7"),
    ]
