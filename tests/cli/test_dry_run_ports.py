"""Which methods of the ports reach the real services in a dry run: those on the list of reads, and no other.

Every protocol of ``orderbridge.ports`` is inspected, so a new port or a new method fails here until it is classified.
"""

from __future__ import annotations

import inspect
from array import array
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from typing import Any, Protocol, get_type_hints

import pytest

from orderbridge import ports
from orderbridge.domain.orders import OrderState
from orderbridge.domain.spacing import Spacing
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import MarketplaceChange
from orderbridge_cli.dry_run import IN_MEMORY, READS, RUNNERS_OWN, DryRunPorts, run_preview
from orderbridge_cli.dry_run.marketplace import NotListedError
from tests.fakes import NOON
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct

NOT_PORTS = {"Export", "Operator", "Ports"}
"""Values that ports give, and all ports together. A fetched export is a file of this process."""


def protocols() -> dict[str, type]:
    """The name of each port → its protocol."""
    found = {name: getattr(ports, name) for name in ports.__all__}
    assert all(Protocol in one.__mro__ for one in found.values())
    return {name: one for name, one in found.items() if name not in NOT_PORTS}


def methods(protocol: type) -> list[str]:
    """Every method that the protocol asks for."""
    return [name for name, part in vars(protocol).items() if inspect.isfunction(part) and name[0] != "_"]


ALL = [f"{name}.{method}" for name, protocol in protocols().items() for method in methods(protocol)]


def property_of(name: str) -> str:
    """The property of ``Ports`` that gives the port `name`."""
    parts = {key: part.fget for key, part in vars(ports.Ports).items() if isinstance(part, property)}
    return next(
        key for key, get in parts.items() if get and get_type_hints(get)["return"] is protocols()[name]
    )


class ReachedError(Exception):
    """A method of a real service was called."""


class Spy:
    """A port that notes what is called. Over a real one it passes the call on; without one it raises."""

    def __init__(self, name: str, seen: list[str], real: object = None) -> None:
        self._name, self._seen, self._real = name, seen, real

    def __getattr__(self, method: str) -> Any:  # noqa: ANN401 - any method of any port
        def reached(*given: object, **named: object) -> Any:  # noqa: ANN401
            self._seen.append(f"{self._name}.{method}")
            found = None if self._real is None else getattr(self._real, method)(*given, **named)
            if method == "of" and self._name == "Marketplaces":
                return Spy("Marketplace", self._seen, found)
            if self._real is None:
                raise ReachedError
            return found

        return reached


class Spies:
    """``Ports`` made of spies."""

    def __init__(self, seen: list[str], real: InMemoryProduct | None = None) -> None:
        for name in protocols():
            if name != "Marketplace":
                key = property_of(name)
                setattr(self, key, Spy(name, seen, None if real is None else getattr(real, key)))
        if real is None:
            self.clock = InMemoryProduct().clock


def arguments() -> dict[str, object]:
    """A value for every parameter name of a port's method."""
    product = InMemoryProduct()
    record = product.shops.get(SHOP)
    assert record is not None
    moments = ("now", "at", "until", "probe_at", "begun_at", "stored_at", "changed_since", "since")
    texts = ("shop", "by", "caller", "marketplace", "what", "subject", "text", "code", "token_sha256")
    nothing = ("problem", "budget", "reason", "notes", "content", "seen", "letter", "validators", "slot")
    filters = ("status", "hold", "matter", "changed", "cursor", "send", "delays", "mail", "notices")
    more = ("action", "period", "switch_on")
    lists = (
        "shops",
        "numbers",
        "shop_updates",
        "listed",
        "rechecks",
        "requests",
        "steps",
        "attempts",
        "besides",
    )
    return {
        **dict.fromkeys((*moments, "requested_at"), NOON),
        **dict.fromkeys(texts, SHOP),
        **dict.fromkeys((*nothing, *filters, *more)),
        **dict.fromkeys(lists, ()),
        **dict.fromkeys(("limit", "rounds", "mall_order_id", "lowest"), 1),
        **dict.fromkeys(
            ("hung", "caught_up", "by_person", "in_shop", "test", "irreversible", "oldest_first"), False
        ),
        "settings": record.settings,
        "secrets": product.secrets.of(SHOP),
        "order": OrderState(SHOP, 1),
        "digests": array("Q"),
        "checkpoint": product.export_checkpoints.head(SHOP),
        "change": MarketplaceChange(MarketplaceStatus.SHIPPED),
        "spacing": Spacing(timedelta(minutes=1), 1, timedelta(hours=1)),
    }


def reached_by(which: str) -> list[str]:
    """The methods of real services that the dry run's method `which` reaches."""
    name, method = which.split(".")
    known, given, seen = arguments(), {}, list[str]()
    for parameter in list(inspect.signature(getattr(protocols()[name], method)).parameters)[1:]:
        assert parameter in known, f"{which}: say in this test what {parameter} is called with"
        given[parameter] = known[parameter]
    dry: Any = DryRunPorts(Spies(seen), SHOP)  # type: ignore[arg-type] # a spy has every method
    if name == "Marketplace":
        port = dry.marketplaces.of(known["settings"], known["secrets"])
        seen.clear()
    else:
        port = getattr(dry, property_of(name))
    with suppress(ReachedError, NotListedError):
        found = getattr(port, method)(**given)
        if isinstance(found, AbstractContextManager):
            with found:
                pass
    return seen


def test_every_method_of_every_port_is_classified() -> None:
    assert len(ALL) > 50
    assert set(ALL) == READS | IN_MEMORY
    assert not READS & IN_MEMORY


@pytest.mark.parametrize("which", ALL)
def test_only_reads_reach_a_real_service(which: str) -> None:
    reached = set(reached_by(which))

    assert reached <= READS
    assert bool(reached) is (which in READS), f"{which} reaches {reached or 'nothing'}"


def a_busy_shop(**rules: Any) -> InMemoryProduct:  # noqa: ANN401 - any setting
    """A shop in which every kind of step is due, at MALL and in the shop."""
    product = InMemoryProduct()
    product.shops.records.clear()
    product.rules = type(product.rules)(**{"import_mode": "create", **rules})
    product.add_shop(SHOP)
    for number, status in enumerate(ShopStatus, start=1):
        product.mall.hold(number)
        product.clerk(number, status)
    product.mall.hold(50)
    product.clerk(60, ShopStatus.SETTLED)
    product.mall.hold(70, MarketplaceStatus.CANCELLED)
    product.clerk(70, ShopStatus.PENDING)
    return product


def test_a_whole_dry_run_reaches_reads_and_malls_lists_only() -> None:
    product, seen = a_busy_shop(), list[str]()

    preview = run_preview(Spies(seen, product), SHOP)  # type: ignore[arg-type] # a spy has every method

    assert preview.counts.imported == 1
    assert preview.counts.cancelled_in_shop == 1
    assert preview.counts.sent > 5
    assert set(seen) <= READS | RUNNERS_OWN
    assert seen.count("Marketplace.under_way") == seen.count("Marketplace.unconfirmed") == 1
    assert not product.mall.calls
    assert not product.imports.documents
    assert not product.ledger.saves
