from logagent.suggest.sample import Request
from logagent.suggest.traffic import split_traffic


def test_monitoring_crawlers_and_health_checks() -> None:
    found = split_traffic(
        {
            Request("/", "Pingdom.com_bot_version_1.4"): 3,
            Request("/healthz", "kube-probe/1.30"): 2,
            Request("/healthz", "curl/8"): 4,
            Request("/", "Googlebot/2.1"): 5,
            Request("/", "Mozilla/5.0"): 7,
        }
    )
    monitoring, crawler = found.rules
    assert (monitoring.name, monitoring.contains) == ("monitoring", ("Pingdom", "kube-probe"))
    assert [found.won[rule] for rule in (monitoring, crawler, None)] == [5, 5, 11]
    assert (found.health_paths, found.health_requests) == (["/healthz"], 4)


def test_nothing_is_proposed_where_nothing_is_found() -> None:
    found = split_traffic({Request("/a", "Mozilla/5.0"): 1, Request("", ""): 1})
    assert (found.rules, found.health_paths) == ([], [])
