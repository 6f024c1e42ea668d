"""What becomes of findings: they are kept with the counts, shown, logged and sent."""

from logagent.alerting.alerts import Alerts
from logagent.alerting.courier import Courier
from logagent.alerting.figures import figures

__all__ = ["Alerts", "Courier", "figures"]
