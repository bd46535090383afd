"""The code tables: everything that is explained to people, by the subject it is about.

``orders`` is what the rules say of one order. ``cases`` is what waits for people. ``edges`` is what the two services
say, ``exports`` and ``profiles`` what is wrong with a shop's export and the profile that it is read with, ``api`` what
the settings, the shop as a whole and the HTTP API do. A new code is one line in one of these tables;
``orderbridge.texts`` has the recipe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import (
    HealthReason,
    RequestedReason,
    RequestReason,
    SettingReason,
    SettingsReason,
)
from orderbridge.domain.codes.cases import EscalationReason
from orderbridge.domain.codes.edges import AnswerReason, StopReason
from orderbridge.domain.codes.exports import (
    DownloadReason,
    ExportedReason,
    ExportReason,
    MallNumberReason,
    NoteReason,
)
from orderbridge.domain.codes.orders import (
    HoldReason,
    InSyncReason,
    RecordReason,
    ResultReason,
    StepReason,
    TrackingReason,
)
from orderbridge.domain.codes.profiles import ProfileReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderbridge.domain.facts import Code

TABLES: tuple[type[Code], ...] = (
    HoldReason,
    StepReason,
    InSyncReason,
    ResultReason,
    TrackingReason,
    RecordReason,
    EscalationReason,
    AnswerReason,
    StopReason,
    DownloadReason,
    ExportReason,
    ExportedReason,
    MallNumberReason,
    NoteReason,
    ProfileReason,
    SettingsReason,
    SettingReason,
    HealthReason,
    RequestReason,
    RequestedReason,
)
"""Every table, in the order of the catalogues."""

CODES: Mapping[str, Code] = {code.value: code for table in TABLES for code in table}
"""Every code by its text."""
