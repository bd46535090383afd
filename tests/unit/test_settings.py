"""Settings of a shop: what is taken, and what is said about what is not."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.codes.api import SettingReason, SettingsReason
from orderbridge.domain.rules import Rules
from orderbridge.errors import WrongValueError
from orderbridge.settings import (
    ShopSettings,
    given_settings,
    known_settings,
    marketplace_address,
    shop_settings,
)
from orderbridge.texts import Language
from tests.texts import said

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=12)
    | st.sampled_from(["create", "Europe", "Europe/Prague", "2026-11-20", "https://x.test/{number}"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec=None), max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize(
    "url",
    [
        "https://mpapi.mallgroup.com/v1",
        "https://mpapi.mallgroup.com/v1/",
    ],
)
def test_an_address_that_keeps_the_key(url: str) -> None:
    assert marketplace_address(url) == url.rstrip("/")


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "10.0.0.7", "172.17.0.1:4510", "localhost", "[::1]"])
def test_a_local_stacks_stand_in_may_speak_plain_http(host: str) -> None:
    assert marketplace_address(f"http://{host}/v1", local=True) == f"http://{host}/v1"
    with pytest.raises(WrongValueError, match=r"^setting\.marketplace_address"):
        marketplace_address(f"http://{host}/v1")


@pytest.mark.parametrize(
    "url",
    [
        "http://mpapi.mallgroup.com/v1",
        "http://8.8.8.8/v1",
        "https://user:secret@mpapi.mallgroup.com/v1",
        "https://mpapi.mallgroup.com/v1?client_id=x",
        "https://mpapi.mallgroup.com/v1#x",
        "http://127.0.0.1:99999/v1",
        "http://[::1/v1",
        "http://:80/v1",
        "http://",
        "ftp://127.0.0.1/v1",
        "",
    ],
)
def test_an_address_that_would_give_the_key_away_or_is_none(url: str) -> None:
    with pytest.raises(WrongValueError) as error:
        marketplace_address(url)
    assert error.value.reason.code is SettingReason.MARKETPLACE_ADDRESS
    assert "secret" not in said(error.value.reason)


def test_a_shops_settings_name_no_address_that_its_key_is_sent_to() -> None:
    with pytest.raises(ValueError, match="marketplace_api_url"):
        shop_settings({"shop": "demo", "marketplace_api_url": "https://mpapi.mallgroup.com/v1"})


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (
            {"rules": {"undo_window_seconds": -1}},
            "out_of_range(key=undo_window_seconds, given=-1, first=0, last=2592000)",
        ),
        (
            {"rules": {"missing_tracking_wait_seconds": -1}},
            "out_of_range(key=missing_tracking_wait_seconds, given=-1, first=0, last=2592000)",
        ),
        (
            {"rules": {"not_imported_alarm_seconds": 0}},
            "out_of_range(key=not_imported_alarm_seconds, given=0, first=1, last=86400)",
        ),
        (
            {"rules": {"forgotten_days": 0}},
            "out_of_range(key=forgotten_days, given=0, first=1, last=365)",
        ),
        (
            {"rules": {"overdue_days": 366}},
            "out_of_range(key=overdue_days, given=366, first=1, last=365)",
        ),
        ({"rules": {"overdue_days": "many"}}, "not_a_number(key=rules.overdue_days)"),
        ({"rules": {"undo_window": 5}}, "unknown_key(key=rules.undo_window)"),
        ({"rules": {"shop_zone": "Prague"}}, "zone(key=shop_zone)"),
        ({"rules": {"shop_zone": "Europe"}}, "zone(key=shop_zone)"),
        ({"rules": {"marketplace_zone": "Europe/Prague/Old"}}, "zone(key=marketplace_zone)"),
        ({"rules": {"marketplace_zone": "x" * 300}}, "zone(key=marketplace_zone)"),
        ({"import": ["create"]}, "not_one_of(key=import, allowed=create link off)"),
        ({"import": None}, "not_one_of(key=import, allowed=create link off)"),
        (
            {"rules": {"import_mode": ["create"]}},
            "not_one_of(key=rules.import_mode, allowed=create link off)",
        ),
        ({"import": "link", "rules": ["create"]}, "not_an_object(key=rules)"),
        ({"rules": {"carriers": {"P\nL": "https://example.com/"}}}, "carrier"),
        ({"rules": {"carriers": {"P\nL": 5}}}, "not_a_text(key=rules.carriers.P L)"),
        ({"rules": {"carriers": ["PPL"]}}, "not_an_object(key=rules.carriers)"),
        ({"rules": {"carriers": {"PPL": "https://example.com/"}}}, "carrier"),
        (
            {"rules": {"partially_settled": "ship"}},
            "not_one_of(key=rules.partially_settled, allowed=hold shipping)",
        ),
        ({"language": "de"}, "not_one_of(key=language, allowed=cs sk en)"),
        ({"profil": "orders"}, "unknown_key(key=profil)"),
        ({"shop": "My Shop"}, "shop_name(key=shop)"),
        ({"max_export_bytes": 1}, "too_small(key=max_export_bytes, limit=1024)"),
        ({"max_export_bytes": 2**40}, "too_large(key=max_export_bytes, limit=503316480)"),
        ({"trust_last_modified": "perhaps"}, "not_true_or_false(key=trust_last_modified)"),
        ({"enabled": True}, "unknown_key(key=enabled)"),
        ({"switch_on_limit": -1}, "too_small(key=switch_on_limit, limit=0)"),
        ({"switch_on_per_hour": 0}, "too_small(key=switch_on_per_hour, limit=1)"),
        ({"switch_on_per_hour": 3601}, "too_large(key=switch_on_per_hour, limit=3600)"),
        ({"ignore_created_before": "today"}, "not_a_day(key=ignore_created_before)"),
    ],
)
def test_a_bad_setting_is_named_with_what_is_allowed(values: dict[str, object], problem: str) -> None:
    with pytest.raises(WrongValueError) as error:
        shop_settings({"shop": "demo", **values})
    assert str(error.value) == f"settings.wrong(problems=setting.{problem})"
    for language in Language:
        assert "\n" not in said(error.value.reason, language)


def test_a_bad_carriers_address_is_shown_with_what_is_allowed() -> None:
    with pytest.raises(WrongValueError) as error:
        shop_settings({"shop": "demo", "rules": {"carriers": {"PPL": "https://example.com/"}}})
    assert "“https://example.com/”" in said(error.value.reason)
    assert "{number}" in said(error.value.reason)


def test_a_shop_without_a_language_reads_czech() -> None:
    assert shop_settings({"shop": "demo"}).language == "cs"
    assert shop_settings({"shop": "demo", "language": "sk"}).language == "sk"


SPELLINGS: dict[str, dict[str, Any]] = {
    "import": {"import": "create"},
    "rules.import_mode": {"rules": {"import_mode": "create"}},
    "both alike": {"import": "create", "rules": {"import_mode": "create"}},
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("given_day", "from_day"),
    [(None, "2026-11-20"), ("2026-11-25", "2026-11-25"), ("2026-11-15", "2026-11-20")],
)
@pytest.mark.parametrize("as_date", [False, True])
def test_what_is_ignored_in_the_shop_is_not_written_into_it(
    spelling: str, given_day: str | None, from_day: str, *, as_date: bool
) -> None:
    ignored: object = date(2026, 11, 20) if as_date else "2026-11-20"
    values = {"shop": "demo", "ignore_created_before": ignored, **SPELLINGS[spelling]}
    if given_day is not None:
        values["rules"] = {**values.get("rules", {}), "import_opened_from": given_day}
    rules = shop_settings(values).rules
    assert (rules.import_mode, rules.import_opened_from) == ("create", date.fromisoformat(from_day))


@pytest.mark.parametrize("mode", ["link", "off"])
def test_nothing_is_derived_where_nothing_is_written(mode: str) -> None:
    for values in ({"import": mode}, {"rules": {"import_mode": mode}}):
        settings = shop_settings({"shop": "demo", "ignore_created_before": "2026-11-20", **values})
        assert settings.rules.import_opened_from is None


def test_two_spellings_that_differ_are_refused() -> None:
    with pytest.raises(WrongValueError, match=r"setting\.two_import_modes"):
        shop_settings({"shop": "demo", "import": "link", "rules": {"import_mode": "create"}})


def test_only_what_was_given_is_kept() -> None:
    values = {
        "shop": "demo",
        "import": "create",
        "ignore_created_before": date(2026, 11, 20),
        "rules": {
            "undo_window_seconds": Rules().undo_window_seconds,
            "import_opened_from": date(2026, 11, 25),
        },
    }
    kept = given_settings(shop_settings(values), values)
    assert kept == {
        "shop": "demo",
        "ignore_created_before": "2026-11-20",
        "import": "create",
        "rules": {
            "import_opened_from": "2026-11-25",
            "undo_window_seconds": Rules().undo_window_seconds,
        },
    }
    assert shop_settings(json.loads(json.dumps(kept))) == shop_settings(values)
    assert given_settings(shop_settings({"shop": "demo"}), {"shop": "demo"}) == {"shop": "demo"}
    other = {"shop": "demo", "rules": {"import_mode": "off"}}
    assert given_settings(shop_settings(other), other) == {"shop": "demo", "import": "off"}


@given(
    st.dictionaries(st.sampled_from([*ShopSettings.model_fields, "import", "another"]), json_values),
    st.dictionaries(st.sampled_from([*Rules.__dataclass_fields__, "another"]), json_values) | json_values,
)
def test_whatever_is_given_is_taken_or_refused_in_one_line(values: dict[str, Any], rules: object) -> None:
    values = known_settings({"shop": "demo", **values, "rules": rules})
    try:
        settings = shop_settings(values)
    except WrongValueError as error:
        reason = error.reason
    else:
        assert shop_settings(given_settings(settings, values)) == settings
        return
    assert reason.code is SettingsReason.SETTINGS
    assert "\n" not in said(reason)
