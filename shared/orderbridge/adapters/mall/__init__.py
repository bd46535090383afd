"""MALL's Partner API. Nothing outside this package knows a path, a field name or the key of it.

A call goes down through ``client`` (which call it is) → ``wire`` (its words) → ``transport`` (HTTP), and its answer
comes back up through ``answers`` (what came back; ``lists`` and ``whole_order`` for what is more than a status) with
``models``, ``detail``, ``fields``, ``kept`` and ``limits``.
"""

from orderbridge.adapters.mall.client import MallMarketplaces
from orderbridge.adapters.mall.transport import Timeouts

__all__ = ["MallMarketplaces", "Timeouts"]
