"""The compiled gettext catalogues, ``locale/<language>/LC_MESSAGES/orderbridge.mo``. `make texts` compiles them."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from orderbridge.texts.languages import Language

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "orderbridge"

Named = MarketplaceStatus | ShopStatus | Action
"""Values that have a name in the catalogues."""

NAMED: dict[type[Named], str] = {
    MarketplaceStatus: "name.status",
    ShopStatus: "name.shop_status",
    Action: "name.action",
}
"""Enumerations whose members have a name in each language → the prefix of their message ids."""


def name_id(value: Named) -> str:
    """The message id of the name of `value`, such as ``name.status.shipped``."""
    return f"{NAMED[type(value)]}.{value.value}"


@cache
def catalogue(language: Language) -> gettext.GNUTranslations:
    """The catalogue of `language`. Raises FileNotFoundError where it is not compiled."""
    path = LOCALE / language.value / "LC_MESSAGES" / f"{DOMAIN}.mo"
    with path.open("rb") as compiled:
        return gettext.GNUTranslations(compiled)
