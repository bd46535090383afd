"""Log and metrics of a function, set up once per process. Both carry the stack's name as ``service``.

What may be logged: shop, order number, step, codes and texts made by this product. Never a body of a message, a
marketplace answer before redaction, an address of an export, a key or a person's data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = Logger()
metrics = Metrics()


def count(values: Mapping[str, int]) -> None:
    """Publishes `values` as counts, in one line of the log (CloudWatch embedded metric format)."""
    for name, value in values.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics.flush_metrics()
