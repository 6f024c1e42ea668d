"""The service's own metrics about alerts and receivers."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from logagent.alerting.alerts import Alerts

_COUNTED = {
    "sent": "Findings that a receiver has taken.",
    "refused": "Findings that a receiver will never take.",
    "dropped": "Findings that were dropped because too many waited for a receiver.",
    "retries": "Attempts that failed and were made again.",
}
"""Counters of a courier: attributes and what they are."""


def figures(alerts: Alerts) -> Iterator[Metric]:
    """The families, as they are now."""
    about = "Whether something that a checker found is open."
    firing = GaugeMetricFamily("logagent_alert_firing", about, labels=["alert"])
    for name, is_firing in alerts.names().items():
        firing.add_metric([name], int(is_firing))
    yield firing
    label = ["receiver"]
    for key, about in _COUNTED.items():
        family = CounterMetricFamily(f"logagent_receiver_{key}", about, labels=label)
        for name, courier in alerts.couriers.items():
            family.add_metric([name], getattr(courier, key))
        yield family
    about = "Findings that wait for a receiver."
    waiting = GaugeMetricFamily("logagent_receiver_waiting", about, labels=label)
    for name, courier in alerts.couriers.items():
        waiting.add_metric([name], courier.waiting)
    yield waiting
