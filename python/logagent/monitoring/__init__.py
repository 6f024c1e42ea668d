"""What watches the service from outside: Grafana dashboards and Prometheus rules."""
