"""`logagent dashboard`: a Grafana dashboard for a configuration."""

import json

from logagent.cli import options
from logagent.cli.command import option, takes
from logagent.config import load


@takes(
    options.CONFIG,
    options.WRITTEN,
    option("--title", default="logagent", help="What the dashboard is called."),
    examples="""\
  logagent dashboard -c config.toml -o dashboard.json
  logagent dashboard -c config.toml --title 'Web proxies' -o dashboard.json
  logagent dashboard -c config.toml | head -n 3""",
)
def command(*, config: str | None, output: str, title: str) -> int:
    """Write a Grafana dashboard for a configuration, as JSON.

    It has a row for each metric, by its type and labels, and rows for alerts and for the agent
    itself. Import it in Grafana (Dashboards, New, Import), or provision it as a file.
    """
    if config is None:
        raise options.usage_error("name the configuration with -c")
    from logagent.monitoring.dashboard import dashboard

    text = json.dumps(dashboard(load(config).describe(), title=title), indent=2)
    options.write(output, text.splitlines())
    return 0
