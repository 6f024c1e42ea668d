import json
import signal
import socket
import sqlite3
import ssl
import subprocess
from contextlib import closing, suppress
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.python.daemon.fakes import CONFIG, write_config
from tests.python.daemon.running import running
from tests.python.process import LOGAGENT, assert_one_error, logagent
from tests.python.waiting import wait_until

LINE = b'192.0.2.1 - - [01/Mar/2026:12:00:00 +0000] "GET /a HTTP/1.1" %d 10\n'
COUNTED = "requests_total"
TEXT = CONFIG.replace("[agent]\n", '[agent]\nstate_dir = "{logs}/state"\n')


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path, TEXT)


def append(config: Path, lines: int, status: int = 200) -> None:
    with (config.parent / "access.log").open("ab") as log:
        log.write(LINE % status * lines)


def test_counts_what_is_written_and_goes_on_after_a_restart(config: Path) -> None:
    append(config, 5)
    with running(config) as service:
        service.wait_for(COUNTED, 5)
        append(config, 5)
        service.wait_for(COUNTED, 10, status="200")
        append(config, 3)
        assert service.end() == 0
    append(config, 2)
    with running(config) as service:
        assert service.value(COUNTED) >= 13, "what was there at the end is committed"
        service.wait_for(COUNTED, 15)
        assert service.value("logagent_lines_total") == 15


def test_nothing_shown_is_lost_by_a_kill(config: Path) -> None:
    shown = 0.0
    for _ in range(5):
        append(config, 100)
        with running(config) as service:
            value = service.value(COUNTED)
            assert value >= shown
            wait_until(lambda: service.value(COUNTED) > shown)  # noqa: B023 - called right here
            shown = service.value(COUNTED)
            service.process.kill()
            service.process.wait()
    with running(config) as service:
        service.wait_for(COUNTED, 500)


def test_both_formats_are_read_by_prometheus_parsers(config: Path) -> None:
    append(config, 5)
    append(config, 5, status=404)
    (config.parent / "bad\x1b.log").write_bytes(b"no line\n")
    with running(config) as service:
        service.wait_for("logagent_rejected_lines_total", 1)
        service.wait_for(COUNTED, 10)
        families = service.families()
        names = [family.name for family in families]
        assert len(names) == len(set(names))
        accept = {"Accept": "application/openmetrics-text"}
        text = service.ask("/metrics", **accept)[1].decode()
        exposed = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
        assert {family.name for family in exposed} >= {
            "requests",
            "logagent_lines",
            "logagent_build_info",
            "process_cpu_seconds",
        }
        assert service.value("logagent_config_last_reload_successful") == 1
        assert service.value("logagent_series", metric=COUNTED) == 2


def test_status_names_what_is_wrong(config: Path) -> None:
    append(config, 5)
    with running(config) as service:
        service.wait_for(COUNTED, 5)
        status = service.status()
        assert status["problems"] == []
        assert status["config"]["path"] == str(config)
        assert [Path(file["path"]).name for file in status["files"]] == ["access.log"]
        assert service.ask("/-/healthy")[0] == 200
        config.write_text("nonsense = 1\n")
        assert service.ask("/-/reload", method="POST")[0] == 400
        assert "nonsense" in service.status()["problems"][0]["message"]


def test_a_reload_keeps_the_counts_of_what_stays(config: Path) -> None:
    append(config, 5)
    with running(config) as service:
        service.wait_for(COUNTED, 5)
        config.write_text(config.read_text() + '\n[[metric]]\nname = "more_total"\n')
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "reload (SIGHUP) succeeded" in service.log)
        append(config, 2)
        service.wait_for(COUNTED, 7)
        service.wait_for("more_total", 2)
        service.end()
    with running(config) as service:
        service.wait_for("more_total", 2)
        service.wait_for(COUNTED, 7)


def test_a_wrong_configuration_changes_nothing(config: Path) -> None:
    append(config, 5)
    good = config.read_text()
    with running(config) as service:
        service.wait_for(COUNTED, 5)
        config.write_text(good.replace("[[metric]]", "[[metirc]]") + "[agnet]\n")
        service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "the old configuration stays" in service.log)
        assert service.value("logagent_config_last_reload_successful") == 0
        status, body = service.ask("/-/reload", method="POST")
        assert status == 400
        assert b"metirc" in body
        assert b"agnet" in body, "all problems at once"
        append(config, 1)
        service.wait_for(COUNTED, 6)
        config.write_text(good)
        assert service.ask("/-/reload", method="POST")[0] == 200
        assert service.value("logagent_config_last_reload_successful") == 1


def test_a_changed_file_is_loaded_where_that_is_wanted(tmp_path: Path) -> None:
    config = write_config(tmp_path, TEXT.replace("[agent]\n", "[agent]\nreload_on_change = true\n"))
    with running(config) as service:
        config.write_text(config.read_text() + '\n[[metric]]\nname = "more_total"\n')
        wait_until(lambda: "reload (a file changed) succeeded" in service.log)


def test_what_the_configuration_dropped_is_gone_for_good(config: Path) -> None:
    append(config, 5)
    good = config.read_text()
    with running(config) as service:
        service.wait_for(COUNTED, 5)
        config.write_text(good.replace(COUNTED, "other_total"))
        assert service.ask("/-/reload", method="POST")[0] == 200
        append(config, 1)
        service.wait_for("other_total", 1)
        assert COUNTED not in {family.name + "_total" for family in service.families()}
        assert service.end() == 0
    config.write_text(good)
    with running(config) as service:
        append(config, 1)
        service.wait_for(COUNTED, 1)


def test_the_command_reloads_and_previews(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = write_config(tmp_path, TEXT.replace("127.0.0.1:0", f"127.0.0.1:{port}"))
    assert_one_error(logagent("reload", "-c", config), says="cannot reach the service", code=1)
    append(config, 5)
    old = config.with_name("old.toml")
    old.write_text(config.read_text())
    with running(config) as service:
        service.wait_for(COUNTED, 5)
        config.write_text(config.read_text() + "when = 'status == 404'\n")
        for arguments in (["-c", str(config)], ["-c", str(config), "--against", str(old)]):
            done = logagent("reload", "--preview", *arguments)
            assert done.returncode == 0, done.stderr
            assert b"requests_total  status=200" in done.stdout
            assert b"1 differences" in done.stdout
        done = logagent("reload", "-c", config)
        assert (done.returncode, done.stdout) == (
            0,
            b"reloaded: 1 metrics kept, 0 new, 0 dropped\n",
        )


def test_a_second_service_is_refused(config: Path) -> None:
    with running(config) as service:
        done = subprocess.run(
            [*LOGAGENT, "run", "-c", str(config)], capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 78
        assert f"in use by process {service.process.pid}" in done.stderr.decode()


def test_what_cannot_begin_says_why(config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = TEXT.replace("127.0.0.1:0", f"127.0.0.1:{port}")
        done = logagent("run", "-c", write_config(config.parent, text))
        assert_one_error(done, says=f"cannot listen at 127.0.0.1:{port}", code=1)
    config.write_text('[agent]\nlisten = "0.0.0.0:9966"\n')
    assert_one_error(logagent("run", "-c", config), says="nothing protects it", code=78)
    assert_one_error(logagent("run"), says="name the configuration file", code=2)


def test_encrypted_and_with_a_token(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path)
    (tmp_path / "token").write_text("0123456789abcdef\n")
    agent = f'tls_cert = "{cert}"\ntls_key = "{key}"\ntoken_file = "token"\n'
    text = TEXT.replace("[agent]\n", "[agent]\n" + agent)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = write_config(tmp_path, text.replace("127.0.0.1:0", f"0.0.0.0:{port}"))
    append(config, 5)
    with running(config) as service:
        service.tls = ssl.create_default_context(cafile=str(cert))
        service.tls.check_hostname = False
        assert service.address == f"https://0.0.0.0:{port}"
        assert service.ask("/metrics")[0] == 401
        service.headers = {"Authorization": "Bearer 0123456789abcdef"}
        service.wait_for(COUNTED, 5)
        done = logagent("reload", "-c", config)
        assert done.stdout == b"reloaded: 1 metrics kept, 0 new, 0 dropped\n", done.stderr
        (tmp_path / "token").write_text("fedcba9876543210\n")
        assert service.ask("/-/reload", method="POST")[0] == 200
        assert service.ask("/metrics")[0] == 401, "the old token is not valid any more"


def make_certificate(directory: Path) -> tuple[Path, Path]:
    cert, key = directory / "cert.pem", directory / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",  # noqa: S607
         "-nodes", "-subj", "/CN=proxy", "-days", "2", "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return cert, key


def test_systemd_is_told(config: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(config.with_name("notify")))
        manager.settimeout(30)
        environment = {
            "NOTIFY_SOCKET": str(config.with_name("notify")),
            "WATCHDOG_USEC": "1000000",
        }

        def told() -> str:
            return manager.recv(1000).decode().split("=")[0]

        def wait_to_be_told(*expected: str) -> None:
            missing = list(expected)
            while missing:
                if told() == missing[0]:
                    del missing[0]

        with running(config, environment=environment) as service:
            wait_to_be_told("READY", "STATUS", "WATCHDOG", "WATCHDOG")
            service.process.send_signal(signal.SIGHUP)
            wait_to_be_told("RELOADING", "READY")
            service.process.send_signal(signal.SIGINT)
            wait_to_be_told("STOPPING")
            assert service.process.wait(20) == 0


def test_slow_scrapers_do_not_stop_it(config: Path) -> None:
    with running(config) as service:
        port = int(service.address.rsplit(":", 1)[1])
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(1000)]
        try:
            for client in clients:
                with suppress(ConnectionError):  # one of too many
                    client.sendall(b"GET /metrics HTTP/1.1\r\n")
            append(config, 50)
            database = config.parent / "state"
            wait_until(lambda: committed_lines(database) == 50)
        finally:
            for client in clients:
                client.close()
        service.wait_for(COUNTED, 50)


def committed_lines(directory: Path) -> int:
    """What the state database says, since /metrics has no room."""
    with closing(sqlite3.connect(f"file:{directory}/state.sqlite?mode=ro", uri=True)) as database:
        tallies = [json.loads(value) for (value,) in database.execute("SELECT value FROM tallies")]
    return sum(tally.get("lines", 0) for tally in tallies)
