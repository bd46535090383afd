"""What the doctor looks at: a shop on record, or a shop's file before the shop is added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orderbridge.texts import command_line, render
from orderbridge.texts.rendering import date_text

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.bootstrap import Services
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopRecord, ShopSecrets
    from orderbridge.settings import ShopSettings
    from orderbridge.texts import Language


@dataclass(frozen=True, slots=True)
class Voice:
    """How reasons and moments are written for the person who asks."""

    language: Language
    zone: ZoneInfo
    """The shop's."""
    shop: str = ""
    """The shop that commands name."""

    def say(self, reason: Reason) -> str:
        """A reason of the product as a sentence."""
        return render(reason, self.language, self.zone, command_line(self.shop))

    def at(self, moment: datetime) -> str:
        """A moment in the shop's zone."""
        return date_text(moment, self.language, self.zone)


@dataclass(frozen=True, slots=True)
class Patient:
    """A shop, as far as it could be read before the looking begins."""

    shop: str
    settings: ShopSettings
    voice: Voice
    services: Services
    """Without a stack, those of none: a port that needs one raises SettingMissingError."""
    record: ShopRecord | None = None
    """None: the shop comes from a file."""
    secrets: ShopSecrets | None = None
    """None: they could not be read."""

    @property
    def now(self) -> datetime:
        """The present moment, UTC."""
        return self.services.clock.now()


def voice_of(settings: ShopSettings, language: Language) -> Voice:
    """The voice for a shop; a zone that cannot be used is Prague's."""
    try:
        zone = ZoneInfo(settings.rules.shop_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError, AttributeError):
        zone = ZoneInfo("Europe/Prague")
    return Voice(language, zone, settings.shop)
