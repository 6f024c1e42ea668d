"""Who asks: monitoring, crawlers, customers."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from logagent.suggest.rules import Rule, wins
from logagent.suggest.sample import Request

_MONITORS = (
    "Amazon-Route53-Health-Check-Service",
    "Better Uptime Bot",
    "Blackbox Exporter",
    "Blackbox-Exporter",
    "Checkly",
    "Consul Health Check",
    "Datadog",
    "ELB-HealthChecker",
    "Freshping",
    "GoogleHC",
    "GoogleStackdriverMonitoring",
    "HetrixTools",
    "NewRelicPinger",
    "NodePing",
    "Pingdom",
    "Prometheus/",
    "Site24x7",
    "StatusCake",
    "UptimeRobot",
    "Uptime-Kuma",
    "Zabbix",
    "check_http",
    "kube-probe",
    "updown.io",
)
"""Parts of the user agents of monitoring services and health checks."""
_CRAWLER = r"(?i)bot\b|crawler|spider|slurp|externalhit|externalagent"
_HEALTH_PATHS = frozenset(
    {
        "/-/healthy",
        "/-/ready",
        "/_health",
        "/_status",
        "/actuator/health",
        "/health",
        "/healthcheck",
        "/healthz",
        "/heartbeat",
        "/livez",
        "/metrics",
        "/nginx_status",
        "/ping",
        "/readyz",
        "/server-status",
        "/stub_status",
    }
)


class Traffic(NamedTuple):
    """A category of user agents and of the paths that only monitoring asks for."""

    rules: list[Rule]
    """Tests of the user agent; each wins at least one request of the sample."""
    won: Counter[Rule | None]
    """Requests of the sample by the rule that wins; None: no rule does."""
    health_paths: list[str]
    """Paths of health checks that are asked for where no rule holds."""
    health_requests: int
    """How many requests those are, of the ones that no rule wins."""


def split_traffic(requests: Mapping[Request, int]) -> Traffic:
    """Propose how to tell monitoring and crawlers from customers."""
    agents: Counter[str] = Counter()
    for request, count in requests.items():
        agents[request.agent] += count
    monitors = tuple(name for name in _MONITORS if any(name in agent for agent in agents))
    rules = [Rule("monitoring", contains=monitors)] if monitors else []
    rules.append(Rule("crawler", regex=(_CRAWLER,)))
    won = wins(rules, agents)
    rules = [rule for rule in rules if won[rule]]
    health: Counter[str] = Counter()
    for request, count in requests.items():
        if request.path in _HEALTH_PATHS and not any(rule.holds(request.agent) for rule in rules):
            health[request.path] += count
    return Traffic(rules, won, sorted(health), health.total())
