"""The version before this one, and this one, read each other's messages and records (``tests/kept/recorded``)."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import TypeAdapter

from orderbridge import messages
from orderbridge.adapters.aws.shop_records import shop_record
from orderbridge.adapters.aws.table import Codec
from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.reasons import because
from tests.kept.__main__ import RECORDED
from tests.kept.forms import form_of, unreadable
from tests.kept.kinds import MESSAGES, RECORDS, SHOP_ITEM, samples
from tests.unit.functions.template import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
KINDS = MESSAGES | RECORDS


def recorded(name: str) -> Json:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def codecs() -> Iterator[type]:
    folder = ROOT / "shared" / "orderbridge" / "adapters" / "aws"
    for path in folder.glob("*.py"):
        module = import_module(f"orderbridge.adapters.aws.{path.stem}")
        yield from (value._kind for value in vars(module).values() if isinstance(value, Codec))


def test_every_kind_is_recorded() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == {*KINDS, SHOP_ITEM}
    assert set(messages._Message.__subclasses__()) == set(MESSAGES.values())
    assert set(codecs()) <= set(RECORDS.values())
    assert samples().keys() == {*KINDS, SHOP_ITEM}


@pytest.mark.parametrize("name", KINDS)
def test_what_was_recorded_is_read_and_nothing_of_it_is_lost(name: str) -> None:
    sample = recorded(name)["sample"]
    adapter: TypeAdapter[Any] = TypeAdapter(KINDS[name])
    read = adapter.validate_json(json.dumps(sample))
    assert adapter.dump_python(read, mode="json").items() >= sample.items()
    assert len(json.dumps(sample)) > 15


@pytest.mark.parametrize("name", KINDS)
def test_this_version_reads_whatever_the_recorded_one_writes(name: str) -> None:
    assert unreadable(recorded(name)["form"], form_of(KINDS[name])) == []


@pytest.mark.parametrize("name", KINDS)
def test_the_recorded_version_reads_whatever_this_one_writes(name: str) -> None:
    assert unreadable(form_of(KINDS[name]), recorded(name)["form"]) == []


def grown(value: Json) -> Json:
    """`value` as a version with more fields might write it."""
    if isinstance(value, list):
        return [grown(one) for one in value]
    if not isinstance(value, dict):
        return value
    inner = {key: grown(one) for key, one in value.items()}
    return inner if all(key.isdigit() for key in inner) else inner | {"of_another_version": {"a": [1]}}


@pytest.mark.parametrize("name", KINDS)
def test_fields_of_another_version_are_ignored_at_every_depth(name: str) -> None:
    sample = recorded(name)["sample"]
    adapter: TypeAdapter[Any] = TypeAdapter(KINDS[name])
    # what an attempt sent to MALL is a map of whatever was sent
    more = sample | {"of_another_version": 1} if name == "Attempt" else grown(sample)
    assert adapter.validate_json(json.dumps(more)) == adapter.validate_json(json.dumps(sample))


def test_a_shop_s_item_is_read_with_everything_in_it() -> None:
    item = recorded(SHOP_ITEM)["sample"]
    record = shop_record(item)
    assert record.settings_problem is None
    assert (record.settings.rules.import_mode, record.settings.rules.undo_window_seconds) == ("create", 60)
    assert None not in (record.registered_at, record.last_success_at, record.caught_up_at, record.settings_at)
    assert None not in (record.stop, record.limited_until, record.budget)
    assert record.fetch_problem == because(ExportReason.EMPTY)
    assert record.fetch_notes == (record.fetch_problem,)
    assert shop_record(item | {"of_another_version": {"S": "x"}}) == record


def test_a_shop_s_item_has_all_that_the_recorded_version_looks_for() -> None:
    assert samples()[SHOP_ITEM].keys() >= recorded(SHOP_ITEM)["sample"].keys()
