"""In-memory implementations of every port. ``tests/contract`` holds the fakes of the stores to the real ones."""

from tests.fakes.clock import NOON, FixedChance, ManualClock
from tests.fakes.ledger import FakeLedger
from tests.fakes.marketplace import (
    UNDER_WAY,
    CallWindow,
    FakeMarketplace,
    FakeMarketplaces,
    Fault,
    RecordedCall,
)
from tests.fakes.people import MAX_SUBJECT, MAX_TEXT, FakeActions, FakeAlarms, FakeMail, FakeNotices
from tests.fakes.queues import FakeQueues
from tests.fakes.shop_services import FakeExport, FakeExports, FakeImports, ShopExport, ShopFault
from tests.fakes.shops import KEY_REFUSED, FakeShops
from tests.fakes.stores import (
    FakeConsoleStore,
    FakeExportCheckpoints,
    FakeFeedCheckpoints,
    FakeOperator,
    FakeOperators,
    FakeSecrets,
    FakeSigningKeys,
    FakeSlots,
    FakeWebhooks,
)

__all__ = [
    "KEY_REFUSED",
    "MAX_SUBJECT",
    "MAX_TEXT",
    "NOON",
    "UNDER_WAY",
    "CallWindow",
    "FakeActions",
    "FakeAlarms",
    "FakeConsoleStore",
    "FakeExport",
    "FakeExportCheckpoints",
    "FakeExports",
    "FakeFeedCheckpoints",
    "FakeImports",
    "FakeLedger",
    "FakeMail",
    "FakeMarketplace",
    "FakeMarketplaces",
    "FakeNotices",
    "FakeOperator",
    "FakeOperators",
    "FakeQueues",
    "FakeSecrets",
    "FakeShops",
    "FakeSigningKeys",
    "FakeSlots",
    "FakeWebhooks",
    "Fault",
    "FixedChance",
    "ManualClock",
    "RecordedCall",
    "ShopExport",
    "ShopFault",
]
