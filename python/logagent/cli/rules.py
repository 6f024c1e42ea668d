"""`logagent rules`: recording and alerting rules of Prometheus for a configuration."""

from logagent.cli import options
from logagent.cli.command import option, takes
from logagent.config import load


@takes(
    options.CONFIG,
    options.WRITTEN,
    option(
        "--job", default="logagent", help="The `job_name` by which Prometheus scrapes the service."
    ),
    examples="""\
  logagent rules -c config.toml -o rules.yml
  logagent rules -c config.toml --job proxies -o rules.yml
  logagent rules -c config.toml | grep alert:""",
)
def command(*, config: str | None, output: str, job: str) -> int:
    """Write recording and alerting rules of Prometheus for a configuration.

    There are rates and quantiles of each metric, an alert for each [[checker]] as far as PromQL can
    say it, and alerts for the agent itself: down, behind, lines that do not match. Name the file
    under `rule_files` of prometheus.yml.
    """
    if config is None:
        raise options.usage_error("name the configuration with -c")
    from logagent.monitoring.rules import rules

    options.write(output, rules(load(config).describe(), job=job).splitlines())
    return 0
