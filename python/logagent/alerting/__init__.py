"""What becomes of findings: they are kept with the counts, shown, logged and sent."""

from logagent.alerting.alerts import Alerts

__all__ = ["Alerts"]
