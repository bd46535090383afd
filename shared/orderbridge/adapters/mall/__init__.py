"""MALL's Partner API. Only this package knows its paths, its field names and where the key goes.

A request passes ``client`` (which call) → ``wire`` (path, query, body) → ``transport`` (HTTP). Its answer passes
``answers`` (success or failure), for lists also ``lists``, for a whole order ``whole_order``. ``models``, ``detail``
and ``fields`` are the types in answers, ``kept`` and ``reasons`` clean texts, ``limits`` reads the headers.
"""

from orderbridge.adapters.mall.client import MallMarketplaces
from orderbridge.adapters.mall.transport import Timeouts

__all__ = ["MallMarketplaces", "Timeouts"]
