"""The compiled gettext catalogues, ``locale/<language>/LC_MESSAGES/orderbridge.mo``. `make texts` compiles them."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.texts.controls import Control

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.texts.languages import Language

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "orderbridge"

Named = MarketplaceStatus | ShopStatus | Action | Control
"""Values that have a name in the catalogues."""

NAMED: dict[type[Named], str] = {
    MarketplaceStatus: "name.status",
    ShopStatus: "name.shop_status",
    Action: "name.action",
    Control: "name.control",
}
"""Enumerations whose members have a name in each language → the prefix of their message ids."""


def name_id(value: Named) -> str:
    """The message id of the name of `value`, such as ``name.status.shipped``."""
    return f"{NAMED[type(value)]}.{value.value}"


def named_values() -> Iterator[Named]:
    """Every value that has a name: all but the controls that the page does not have."""
    for named in NAMED:
        yield from (value for value in named if not isinstance(value, Control) or value.has_page_name)


def name_of(value: Named, language: Language) -> str:
    """The name of `value`, one of ``named_values``, in `language`."""
    return catalogue(language).gettext(name_id(value))


@cache
def catalogue(language: Language) -> gettext.GNUTranslations:
    """The catalogue of `language`. Raises FileNotFoundError where it is not compiled."""
    path = LOCALE / language.value / "LC_MESSAGES" / f"{DOMAIN}.mo"
    with path.open("rb") as compiled:
        return gettext.GNUTranslations(compiled)
