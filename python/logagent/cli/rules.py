"""`logagent rules`: recording and alerting rules of Prometheus for a configuration."""

import click

from logagent.cli import options
from logagent.cli.terminal import write_lines
from logagent.config import load


@click.command(
    "rules",
    short_help="Write Prometheus rules for a configuration.",
    epilog="""\b
Examples:
  logagent rules -c config.toml > rules.yml
  logagent rules -c config.toml --job proxies > rules.yml
  logagent rules -c config.toml | grep alert:""",
)
@options.config_option
@click.option(
    "--job",
    default="logagent",
    show_default=True,
    help="The `job_name` by which Prometheus scrapes the service.",
)
def command(*, config: str | None, job: str) -> int:
    """Write recording and alerting rules of Prometheus for a configuration.

    There are rates and quantiles of each metric, an alert for each [[checker]] as far as PromQL can
    say it, and alerts for the agent itself: down, behind, lines that do not match. Name the file
    under `rule_files` of prometheus.yml.
    """
    if config is None:
        raise options.usage_error("name the configuration with -c")
    from logagent.monitoring.rules import rules

    write_lines(rules(load(config).describe(), job=job).splitlines())
    return 0
