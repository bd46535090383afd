"""The code tables: everything that is explained to people, by subject (R11.1).

``orders`` and ``tracking`` say what the rules decide about one order, ``answers`` what MALL and a shop's import
answered, ``cases`` what waits for people, and ``edges`` why a shop is stopped. ``exports`` and ``profiles`` say what is
wrong with a shop's export and its profile. ``api`` has the settings, the shop's health and the HTTP API, ``listeners``
who gets alarms, and ``persons`` what persons ask for. A new code is one line in one of these tables;
``orderbridge.texts`` has the recipe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.codes.answers import AnswerReason, ImportReason, PolicyReason
from orderbridge.domain.codes.api import (
    HealthReason,
    ProblemTitle,
    RequestedReason,
    RequestReason,
    SettingReason,
    SettingsReason,
    ShopStateReason,
)
from orderbridge.domain.codes.cases import (
    CaseProblem,
    DeadlineReason,
    DigestReason,
    EscalationReason,
    EventReason,
    FigureReason,
    HappenedReason,
    HoldSummary,
    HoldTodo,
    OperationsRequest,
    ReturnReason,
    StateReason,
    SubjectReason,
    TodayReason,
    TodoReason,
)
from orderbridge.domain.codes.edges import StopReason
from orderbridge.domain.codes.exports import (
    DownloadReason,
    ExportedReason,
    ExportReason,
    MallNumberReason,
    NoteReason,
)
from orderbridge.domain.codes.listeners import ListenerReason
from orderbridge.domain.codes.orders import (
    ChangeReason,
    DriftReason,
    ExplanationReason,
    HoldReason,
    InSyncReason,
    NextReason,
    ParkedReason,
    RecordReason,
    ResultReason,
    StepReason,
    UndoProblem,
)
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.codes.profiles import ProfileReason
from orderbridge.domain.codes.tracking import AddressReason, TrackingReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderbridge.domain.facts import Code

TABLES: tuple[type[Code], ...] = (
    HoldReason,
    StepReason,
    ChangeReason,
    InSyncReason,
    ExplanationReason,
    ParkedReason,
    DriftReason,
    ResultReason,
    UndoProblem,
    NextReason,
    TrackingReason,
    AddressReason,
    RecordReason,
    StateReason,
    EscalationReason,
    HappenedReason,
    OperationsRequest,
    TodoReason,
    SubjectReason,
    EventReason,
    ReturnReason,
    DeadlineReason,
    DigestReason,
    HoldSummary,
    HoldTodo,
    TodayReason,
    FigureReason,
    CaseProblem,
    AnswerReason,
    PolicyReason,
    ImportReason,
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
    ShopStateReason,
    RequestReason,
    ProblemTitle,
    RequestedReason,
    ListenerReason,
    PersonReason,
)
"""All tables, in the order of the catalogues."""

CODES: Mapping[str, Code] = {code.value: code for table in TABLES for code in table}
"""Text of a code → the code."""
