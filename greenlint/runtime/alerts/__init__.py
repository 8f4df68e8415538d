"""Who is told that a budget runs out, and how: without ever holding up the guarded code."""

from greenlint.runtime.alerts.alert import Alert
from greenlint.runtime.alerts.alerts import Alerts
from greenlint.runtime.alerts.targets import Target, targets_of

__all__ = ["Alert", "Alerts", "Target", "targets_of"]
