"""How the shop's export comes about: made for every request (the default), or a file that is written now and then.

`PUT …/control/export {…}` sets all of it, `{}` brings the defaults back, `GET` shows it and `made_at`, the moment when
the content that is given now was made.

| key | value | meaning |
|---|---|---|
| `every_seconds` | a number, null | the file is written now, and from then on so often, at fixed moments |
| `frozen` | `false`, `true` | the file is written now and never again: the same copy for ever |
| `last_modified` | `true`, `false` | whether Last-Modified is offered; of a file, the moment when it was written |
| `etag` | `true`, `false` | whether an ETag is offered; of a file, another one each time it is written |
| `stamp_attribute` | a name, null | an attribute of the root with the moment when the content was made |
| `stamp_element` | a name, null | the same as the root's first element |

The content of a file is the shop as it was at that moment, whenever it is fetched. Stamps are in Prague's time,
`YYYY-MM-DD HH:MM:SS`; CSV, and documents that a fault harms, have none. An order that the list lacks, a 304 for ever
and the like are faults.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from sandbox.times import PRAGUE, wire_time

if TYPE_CHECKING:
    from sandbox.fastcentrik.orders import Shop, ShopOrder
    from sandbox.fastcentrik.render import Profile
    from sandbox.http import Json

_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,99}$")]


class ExportSettings(BaseModel):
    """The body of `PUT …/export`; the table in this module says what each key means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every_seconds: float | None = Field(None, gt=0)
    frozen: bool = False
    last_modified: bool = True
    etag: bool = True
    stamp_attribute: _Name | None = None
    stamp_element: _Name | None = None

    @model_validator(mode="after")
    def _written_in_one_way(self) -> Self:
        if self.frozen and self.every_seconds is not None:
            raise ValueError("a frozen file is never written again: leave every_seconds out")
        return self

    @property
    def is_file(self) -> bool:
        """Whether requests get a file, not the shop as it is now."""
        return self.frozen or self.every_seconds is not None


@dataclass(frozen=True, slots=True)
class Content:
    """What an export shows: the shop's orders at the moment `made_at`.

    `tag` is the entity tag's core; `version` is the shop's.
    """

    orders: tuple[ShopOrder, ...]
    version: int
    tag: str
    modified: datetime
    made_at: datetime


class Publishing:
    """Keeps the file, if the export is one. Not guarded: the caller holds the shop's lock."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.settings = ExportSettings()
        self._began = shop.clock()
        self._file: Content | None = None
        # A file is written before the first change after its time: it shows nothing that happened later.
        shop.before_change = self._write_if_due

    def set(self, settings: ExportSettings) -> None:
        """From now on the export comes about like this."""
        self.settings = settings
        self._began = self._shop.clock()
        self._file = None
        self._write_if_due()

    def content(self) -> Content:
        """What a request gets now."""
        self._write_if_due()
        return self._file or self._present()

    def stamped(self, profile: Profile, content: Content) -> Profile:
        """The profile, with the stamps that the settings ask for in its head."""
        moment = wire_time(content.made_at, PRAGUE)
        attribute, element = self.settings.stamp_attribute, self.settings.stamp_element
        if attribute is None and element is None:
            return profile
        inside = "" if attribute is None else f' {attribute}="{moment}"'
        behind = "" if element is None else f"\n<{element}>{moment}</{element}>"
        head = re.sub(r"<([A-Z]\w+)>", rf"<\g<1>{inside}>{behind}", profile.head, count=1)
        return replace(profile, head=head)

    def describe(self) -> Json:
        """The settings, and when the present content was made (ISO 8601)."""
        return {**self.settings.model_dump(), "made_at": self.content().made_at.isoformat()}

    def _write_if_due(self) -> None:
        if not self.settings.is_file:
            return
        due = self._last_due()
        if self._file is None or due > self._file.made_at:
            present = self._present()
            modified = due.replace(microsecond=0)
            # As web servers do it: a file that is written again is another one, whatever it holds.
            tag = f"{present.tag}-{due.timestamp():.6f}"
            self._file = replace(present, tag=tag, modified=modified, made_at=due)

    def _last_due(self) -> datetime:
        every = self.settings.every_seconds
        if every is None:
            return self._began
        return self._began + timedelta(
            seconds=(self._shop.clock() - self._began) // timedelta(seconds=every) * every
        )

    def _present(self) -> Content:
        tag, modified = self._shop.validators()
        orders = tuple(self._shop.orders.values())
        return Content(orders, self._shop.version, tag, modified, self._shop.clock())
