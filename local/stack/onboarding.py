"""The secrets with which a shop of the local stack is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def shop_secrets(fastcentrik: Mapping[str, str], mall: Mapping[str, str]) -> dict[str, str]:
    """The secrets of a shop whose stand-ins have these addresses (blocks of stack.json)."""
    return {
        "export_url": fastcentrik["export_url"],
        "import_url": fastcentrik["import_url"],
        "client_id": mall["client_id"],
        "marketplace_api_url": mall["api_url"],
    }
