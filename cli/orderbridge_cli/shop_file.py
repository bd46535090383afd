"""The settings file of a shop: the questions of ``shop init``, and the commented file that comes of the answers."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orderbridge_cli.errors import WrongUseError
from orderbridge_cli.files import whole_file
from orderbridge_cli.language import code, t

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orderbridge_cli.session import Session


@dataclass(frozen=True, slots=True)
class Answers:
    """What the person decided. Everything else keeps its default."""

    shop: str
    language: str
    profile: str
    profile_text: str
    import_mode: str
    ignore_created_before: str
    more: Mapping[str, Any] = field(default_factory=dict)


_EXAMPLES = {"export_interval_seconds": "3600", "import_opened_from": "2026-12-01"}
"""What a setting without a default may look like."""


def meanings() -> dict[str, str]:
    """Setting → what it means. Those of ``[rules]`` come as ``rules.name``."""
    return {
        "shop": t("Short name of the shop: small letters, digits and -. It is part of every record."),
        "language": t("What the shop's people read: cs, sk or en."),
        "profile": t("How the export is written: orders, czech, csv (orderbridge profile list)."),
        "profile_text": t("A profile of the shop's own, in place of a shipped one."),
        "import": t(
            "link: orders come by other means. create: they are written into the shop. off: neither."
        ),
        "ignore_created_before": t("Orders placed in the shop before this day are left alone."),
        "export_interval_seconds": t(
            "How often the shop makes its export, in seconds; 0: for each request. Without it: learned."
        ),
        "trust_last_modified": t("false: the server's Last-Modified is not when the export was made."),
        "max_export_bytes": t("A larger export is refused as a whole."),
        "switch_on_limit": t(
            "When a shop is switched on: if more than this many statuses differ, they go out step by step."
        ),
        "switch_on_per_hour": t("How many of them go out within an hour at most."),
        "rules.undo_window_seconds": t(
            "How long Delivered and Cancelled wait, so that a mistake can be undone."
        ),
        "rules.partially_settled": t("What a partly settled order means: hold, or shipping."),
        "rules.missing_tracking": t("Shipped without a tracking number: hold it, or send it."),
        "rules.missing_tracking_wait_seconds": t("With hold: how long Shipped waits for the number."),
        "rules.several_parcels": t("Several tracking numbers: hold the order, or send the first one."),
        "rules.push_shipped_for_marketplace_delivery": t("Whether Shipped is sent for MALL Delivery."),
        "rules.overdue_days": t(
            "Days after Shipped without a delivery date until the order is on the list of returns."
        ),
        "rules.forgotten_days": t("Days in Shipping until the daily digest names the order."),
        "rules.push_returned": t("Whether a person may have Returned set, order by order."),
        "rules.test_orders": t("Whether MALL's test orders come into the shop."),
        "rules.discount": t(
            "With create: MALL's discount lowers what the customer pays (subtract), or not (ignore)."
        ),
        "rules.import_opened_from": t(
            "With create: orders that MALL opened before this day are not written."
        ),
        "rules.not_imported_alarm_seconds": t(
            "How long an order may be missing from the shop before an alarm."
        ),
        "rules.shop_zone": t("Time zone of the export."),
        "rules.marketplace_zone": t("Time zone of MALL's times."),
        "rules.carriers": t("Carriers by the shop's own names, each with its tracking address."),
    }


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered with an option. Empty: it is asked for."""

    shop: str = ""
    language: str = ""
    profile: str = ""
    import_mode: str = ""
    ignore_created_before: str = ""


def answers(session: Session, given: Given) -> Answers:
    """Asks for what was not given as an option.

    Raises WrongUseError where nobody can answer, WrongValueError that names each wrong answer.
    """
    name = given.shop or session.text(t("Short name of the shop, such as my-shop"))
    language = given.language or session.text(t("Language of the shop's people: cs, sk or en"), code())
    chosen = given.profile or session.text(t("Export profile: orders, czech, csv, or a file"), "orders")
    text = _profile_text(chosen)
    mode = given.import_mode or session.text(
        t("Where do MALL's orders in the shop come from? link: other means; create: orderbridge; off"), "link"
    )
    day = given.ignore_created_before or session.text(
        t("Leave orders alone that were placed before (YYYY-MM-DD)"), f"{session.now_local():%Y-%m-%d}"
    )
    found = Answers(name, language, "orders" if text else chosen, text, mode, day)
    _check(found)
    return found


def _profile_text(chosen: str) -> str:
    if not chosen.endswith(".toml"):
        return ""
    try:
        return Path(chosen).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUseError(
            t("{file} cannot be read ({problem}).", file=chosen, problem=type(error).__name__)
        ) from None


def _check(found: Answers) -> None:
    """Raises WrongValueError that names each wrong answer."""
    from orderbridge.settings import shop_settings

    shop_settings(
        {
            "shop": found.shop,
            "language": found.language,
            "profile": found.profile,
            "profile_text": found.profile_text,
            "import": found.import_mode,
            "ignore_created_before": found.ignore_created_before,
        }
    )


def write(path: Path, found: Answers) -> None:
    """Writes the file for its owner's eyes only: secrets may be added to it. Whole or not at all.

    Raises WrongUseError where it cannot be written, or is there already.
    """
    with whole_file(path) as out:
        out.write(("\n".join(_lines(found)) + "\n").encode())


def _lines(found: Answers) -> Iterator[str]:
    said = meanings()
    yield f"# {t('Settings of one shop. A line with # at its start is a default: take the # away to change it.')}"
    stated = {
        "shop": found.shop,
        "language": found.language,
        "profile": found.profile,
        "import": found.import_mode,
    }
    for key, value in stated.items():
        yield f"\n# {said[key]}\n{key} = {_toml(value)}"
    yield f"\n# {said['profile_text']}"
    yield f"profile_text = {_block(found.profile_text)}" if found.profile_text else '# profile_text = ""'
    yield f"\n# {said['ignore_created_before']}\nignore_created_before = {found.ignore_created_before}"
    for key, default in _other_settings():
        yield _commented(key, said[key], default)
    yield "\n[rules]"
    for key, default in _rules():
        yield _commented(key, said[f"rules.{key}"], default)
    yield f'\n# {said["rules.carriers"]}\n# [rules.carriers]\n# "Náš kurýr" = "https://tracking.example.com/{{number}}"'
    note = t("Secrets: leave them out, and they are asked for without being shown.")
    yield f'\n# {note}\n# [secrets]\n# export_url = "https://…"\n# client_id = "…"\n# import_url = "https://…"'


def _commented(key: str, meaning: str, default: object) -> str:
    if default is not None:
        return f"\n# {meaning}\n# {key} = {_toml(default)}"
    return f"\n# {meaning} {t('Not set unless you set it, as here:')}\n# {key} = {_EXAMPLES[key]}"


def _other_settings() -> Iterator[tuple[str, object]]:
    from orderbridge.settings import ShopSettings

    stated = {"shop", "language", "profile", "profile_text", "ignore_created_before", "rules"}
    for name, one in ShopSettings.model_fields.items():
        if name not in stated:
            yield name, one.default


def _rules() -> Iterator[tuple[str, object]]:
    from orderbridge.domain.rules import Rules

    for one in fields(Rules):
        if one.name not in {"import_mode", "carriers"}:
            yield one.name, None if one.default is MISSING else one.default


def _toml(value: object) -> str:
    import json

    from orderbridge_cli.profiles.toml import quoted

    return quoted(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _block(text: str) -> str:
    """A text of many lines as TOML has it."""
    return _toml(text) if "'''" in text else f"'''\n{text.rstrip()}\n'''"
