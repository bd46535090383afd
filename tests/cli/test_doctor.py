"""``orderbridge doctor`` over real HTTP against the stand-ins, and on a stand-in of AWS that refuses every write."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, TokenRetrievalError

from orderbridge.bootstrap import Services
from orderbridge.domain.codes.edges import StopReason
from orderbridge.domain.export_content import MIN_GAPS, ExportContent
from orderbridge.domain.outage import ORDERS_WITHOUT_ANSWER
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import Budget
from orderbridge.errors import TableBusyError
from orderbridge.texts import Language
from orderbridge_cli.doctor.findings import Finding, Level, Section
from orderbridge_cli.doctor.patient import Voice
from orderbridge_cli.doctor.run import diagnose, diagnose_file
from orderbridge_cli.doctor.unreached import guarded
from orderbridge_cli.errors import Exit
from sandbox import start_sandbox
from sandbox.fastcentrik import wire
from tests.cli.clinic import Clinic, Guard, codes, fact, finding
from tests.contract.conftest import aws, moto_clients  # noqa: F401 - fixtures
from tests.fakes import NOON
from tests.waiting import SHOP_IN_TIME, SHOP_SILENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox import Sandbox
    from tests.cli.conftest import Ended
    from tests.contract.conftest import Aws, Clients


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with start_sandbox(clock=lambda: NOON) as running:
        yield running


@pytest.fixture(scope="module")
def guard(moto_clients: Clients) -> Guard:  # noqa: ARG001, F811 - it must run first
    return Guard()


@pytest.fixture
def clinic(sandbox: Sandbox, aws: Aws, guard: Guard) -> Clinic:  # noqa: F811 - a fixture
    guard.reset()
    return Clinic(sandbox, aws, guard)


@pytest.fixture
def services(clinic: Clinic) -> Services:
    """The command's services: the doctor's."""
    return clinic.services


class TestAHealthyShop:
    def test_settings_that_cannot_be_used_come_first(self, clinic: Clinic) -> None:
        clinic.healthy()
        clinic.break_settings()
        report = clinic.doctor()
        assert report.next[0] == "health.settings"
        assert not report.of(Section.EXPORT)
        assert "stack.whole" in codes(report, "ok")

    def test_nothing_is_to_be_done(self, clinic: Clinic) -> None:
        clinic.healthy()
        report = clinic.doctor()
        assert report.exit_code is Exit.DONE, codes(report, "warning", "problem")
        assert report.next[0] == "nothing"
        assert codes(report, "ok") >= {
            *("record.on", "secrets.readable", "export.fetched", "export.lists_all", "export.conditional"),
            *("profile.fits", "orders.counted", "mall.key_accepted", "mall.budget", "webhook.exists"),
            *("mail.confirmed", "alarms.read", "stack.whole", "stack.no_dead_letters", "stack.schedules_on"),
        }

    def test_the_shop_and_mall_are_asked_as_little_as_can_be(self, clinic: Clinic) -> None:
        clinic.healthy()
        before = clinic.calls()
        clinic.doctor()
        asked = {
            name: count - before[name] for name, count in clinic.calls().items() if count != before[name]
        }
        # The second of the two for the export is the conditional one.
        assert asked == {"exports": 2, "not_modified": 1, "list_unconfirmed": 1, "total": 1}

    def test_a_watch_asks_once_more(self, clinic: Clinic) -> None:
        clinic.healthy()
        report = clinic.doctor(watch=60, meanwhile=lambda: clinic.order("2026000099", status="vyřizuje se"))
        assert clinic.waited == [60]
        assert fact(report, "export.watched", "changed") is True
        assert fact(clinic.doctor(watch=60), "export.watched", "changed") is False

    def test_a_paused_shop_is_told_to_be_previewed(self, clinic: Clinic) -> None:
        clinic.healthy(running=False)
        report = clinic.doctor()
        assert report.exit_code is Exit.DONE
        assert "record.paused" in codes(report, "note")
        assert report.next[0] == "resume"
        assert "orderbridge preview demo" in report.next[1]

    def test_secrets_and_addresses_are_in_nothing_that_is_shown(
        self, clinic: Clinic, cli: Callable[..., Ended]
    ) -> None:
        clinic.healthy()
        shown = cli("doctor", "demo").out + cli("doctor", "demo", "--json").out
        assert "c…@example.com" in shown
        for secret in (*clinic.secrets.values(), "clerk@example.com", "ops@example.com"):
            assert secret not in shown


class TestTheExport:
    @pytest.mark.parametrize(
        ("fault", "code", "exit_code"),
        [
            ({"kind": "status", "http_status": 404}, "download.http.not_found", Exit.PERSON_MUST_ACT),
            ({"kind": "status", "http_status": 503}, "download.http.server_fault", Exit.UNREACHABLE),
            ({"kind": "html_login"}, "export.web_page", Exit.PERSON_MUST_ACT),
            ({"kind": "empty_body"}, "export.empty", Exit.PERSON_MUST_ACT),
            ({"kind": "lost"}, "download.connection_ended", Exit.UNREACHABLE),
            ({"kind": "latency", "latency_ms": 600_000}, "download.stopped_answering", Exit.UNREACHABLE),
        ],
    )
    def test_what_is_wrong_with_it_stops_nothing_else(
        self, clinic: Clinic, fault: dict[str, Any], code: str, exit_code: Exit
    ) -> None:
        clinic.healthy()
        clinic.control_shop("PUT", "/faults", {"rules": [{**fault, "times": 9}]})
        report = clinic.doctor(limits=SHOP_SILENT if fault["kind"] == "latency" else SHOP_IN_TIME)
        assert code in codes(report, "problem")
        assert report.exit_code is exit_code
        assert report.next[0] == code
        assert {"mall.key_accepted", "webhook.exists", "stack.whole"} <= codes(report, "ok")

    def test_one_that_is_cut_off_needs_no_other_profile(self, clinic: Clinic) -> None:
        clinic.healthy()
        clinic.control_shop("PUT", "/faults", {"rules": [{"kind": "truncated", "times": 9}]})
        report = clinic.doctor()
        assert report.next[0] == "profile.does_not_fit"
        assert "profile suggest" not in report.next[1]

    def test_a_slow_one_is_told(self, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
        clinic.healthy()
        passed = [0.0]
        monkeypatch.setattr(wire, "time", SimpleNamespace(sleep=passed.append))
        clinic.control_shop("PUT", "/faults", {"rules": [{"kind": "latency", "latency_ms": 40_000}]})
        report = clinic.doctor(monotonic=lambda: sum(passed))
        assert "export.slow" in codes(report, "warning")
        assert fact(report, "export.fetched", "first_byte_ms") == 40_000

    def test_a_server_that_ignores_conditions(self, clinic: Clinic) -> None:
        clinic.healthy()
        clinic.control_shop("PUT", "/faults", {"rules": [{"kind": "no_validators", "times": 9}]})
        assert "export.unconditional" in codes(clinic.doctor(), "note")

    def test_how_often_it_changes_is_what_the_product_learned(self, clinic: Clinic) -> None:
        clinic.healthy()
        assert fact(clinic.doctor(), "export.interval", "source") == "unknown"
        content = ExportContent(gaps=(600,) * MIN_GAPS)
        clinic.setup.shops.record_fetch("demo", NOON, None, content=content)
        assert finding(clinic.doctor(), "export.interval").facts == {"seconds": 600, "source": "learned"}


class TestTheProfile:
    def test_another_shipped_one_fits(self, clinic: Clinic) -> None:
        clinic.healthy(profile="czech")
        report = clinic.doctor()
        wrong = finding(report, "profile.does_not_fit")
        assert wrong.facts["problem"] == "export.xml.root"
        assert 'profile = "orders"' in wrong.todo
        assert report.next == (wrong.code, wrong.todo)
        assert "orders.counted" not in codes(report)
        fits = {
            one.facts["profile"]: one.facts["fits"] for one in report.findings if one.code == "profile.other"
        }
        assert fits == {"csv": False, "orders": True}

    def test_one_of_the_shops_own_whose_places_are_empty(self, clinic: Clinic) -> None:
        clinic.healthy(profile_text=clinic.profile("orders").replace('carrier = "', 'carrier = "NO_'))
        report = clinic.doctor()
        assert "fields.carrier (NO_CARRIER)" in fact(report, "profile.empty_places", "places")
        assert fact(report, "profile.fits", "profile") == "profile_text"

    def test_none_fits(self, clinic: Clinic) -> None:
        clinic.healthy(
            profile_text=clinic.profile("orders").replace('status = "STATUS"', 'status = "NOWHERE"')
        )
        wrong = finding(clinic.doctor(), "profile.does_not_fit")
        assert wrong.facts["share"] == 0
        assert 'profile = "orders"' in wrong.todo


class TestTheOrders:
    def test_unknown_states_and_carriers_are_counted(self, clinic: Clinic) -> None:
        clinic.healthy()
        for number in range(3):
            clinic.order(f"20269{number}", status="čeká na dodavatele", carrier="Kurýr Pepa")
        report = clinic.doctor()
        assert fact(report, "orders.unknown_states", "names") == {"čeká na dodavatele": 3}
        assert fact(report, "orders.unknown_carriers", "names") == {"Kurýr Pepa": 3}
        assert report.exit_code is Exit.PERSON_MUST_ACT
        assert report.next[0] == "orders.unknown_states"

    def test_what_cannot_be_read_has_three_examples(self, clinic: Clinic) -> None:
        clinic.healthy()
        for number in range(4):
            clinic.order(f"20269{number}", mall_order_id=500_000 + number, delivery_date="31.2.2026")
        report = clinic.doctor()
        found = finding(report, "orders.unreadable")
        assert found.facts == {
            "reason": "exported.delivery",
            "orders": 4,
            "examples": [500_000, 500_001, 500_002],
        }

    def test_orders_twice_and_without_malls_number(self, clinic: Clinic) -> None:
        clinic.healthy()
        clinic.order("20269", mall_order_id=777_777)
        clinic.order("20268", mall_order_id=777_777, status="vyřizuje se")
        clinic.control_shop("POST", "/orders", {"code": "20267"})
        rule = {"kind": "doubled", "codes": ["2026000001"], "times": 9}
        clinic.control_shop("PUT", "/faults", {"rules": [rule]})
        report = clinic.doctor()
        assert fact(report, "orders.contradicted", "examples") == [777_777]
        assert fact(report, "orders.twice", "numbers") == 1
        assert fact(report, "orders.without_number", "records") == 1

    def test_old_orders_are_ignored(self, clinic: Clinic) -> None:
        clinic.healthy(ignore_created_before="2026-11-01")
        clinic.order("20269", created="2026-10-01 08:00:00", status="čeká")
        report = clinic.doctor()
        assert fact(report, "orders.counted", "ignored") == 1
        assert "orders.unknown_states" not in codes(report)


class TestMall:
    @pytest.mark.parametrize(("status", "code"), [(401, "mall.key_refused"), (403, "mall.key_forbidden")])
    def test_a_broken_key(self, clinic: Clinic, status: int, code: str) -> None:
        clinic.healthy()
        clinic.control_mall("PUT", "/faults", {"rules": [{"kind": "status", "http_status": status}]})
        report = clinic.doctor()
        assert code in codes(report, "problem")
        assert report.next[0] == code
        assert report.exit_code is Exit.PERSON_MUST_ACT

    @pytest.mark.parametrize(
        ("rule", "result"),
        [
            ({"kind": "lost_before"}, "connection_lost"),
            ({"kind": "status", "http_status": 500}, "server_error"),
            ({"kind": "rate_limited"}, "limited"),
        ],
    )
    def test_mall_gives_no_answer(self, clinic: Clinic, rule: dict[str, Any], result: str) -> None:
        clinic.healthy()
        clinic.control_mall("PUT", "/faults", {"rules": [rule]})
        report = clinic.doctor()
        assert fact(report, "mall.no_answer", "result") == result
        assert report.exit_code is Exit.UNREACHABLE

    @pytest.mark.parametrize("why", ["no_calls", "limited", "stopped", "silent"])
    def test_it_is_not_called_while_it_must_not_be(self, clinic: Clinic, why: str) -> None:
        clinic.healthy()
        shops, later = clinic.setup.shops, NOON + timedelta(minutes=5)
        match why:
            case "no_calls":
                shops.note_budget("demo", Budget(100, 0, later), NOON)
            case "limited":
                shops.note_limit("demo", later)
            case "stopped":
                shops.stop("demo", because(StopReason.KEY_REFUSED, http_status=401), NOON, later)
            case _:
                record = shops.get("demo")
                assert record is not None
                for caller in range(ORDERS_WITHOUT_ANSWER):
                    shops.note_outage(record.marketplace, str(caller), NOON, later)
        before = clinic.calls()["list_unconfirmed"]
        report = clinic.doctor()
        assert clinic.calls()["list_unconfirmed"] == before
        assert f"mall.{why}" in codes(report, "warning")


class TestWhoHears:
    def test_nobody(self, clinic: Clinic) -> None:
        clinic.healthy(listener="", operator="", webhook=False)
        report = clinic.doctor()
        assert {"mail.nobody"} == codes(report, "problem")
        assert {"alarms.nobody"} == codes(report, "warning")
        assert "webhook.missing" in codes(report, "note")
        assert report.next[0] == "mail.nobody"
        assert "orderbridge alarm add demo" in report.next[1]


class TestTheDeployment:
    def test_dead_letters_and_a_schedule_that_is_off(self, clinic: Clinic) -> None:
        clinic.healthy()
        clinic.bury()
        clinic.switch_off_schedule()
        report = clinic.doctor()
        assert fact(report, "stack.dead_letters", "messages") == 1
        assert fact(report, "stack.schedules_off", "off") == ["Tick"]
        assert report.next[0] == "stack.schedules_off"

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            ("UPDATE_IN_PROGRESS", "stack.in_progress"),
            ("UPDATE_ROLLBACK_COMPLETE", "stack.rolled_back"),
            ("UPDATE_ROLLBACK_FAILED", "stack.broken"),
        ],
    )
    def test_a_stack_that_is_not_whole(self, clinic: Clinic, status: str, code: str) -> None:
        clinic.healthy()
        clinic.stack_status = status
        assert code in codes(clinic.doctor(), "warning", "problem")

    @pytest.mark.parametrize(
        ("operation", "right", "section"),
        [
            ("ssm.GetParameter", "ssm:GetParameter", "record"),
            ("sns.ListSubscriptionsByTopic", "sns:ListSubscriptionsByTopic", "mail"),
            ("cloudformation.DescribeStacks", "cloudformation:DescribeStacks", "deployment"),
            ("sqs.GetQueueAttributes", "sqs:GetQueueAttributes", "deployment"),
            ("scheduler.GetSchedule", "scheduler:GetSchedule", "deployment"),
        ],
    )
    def test_a_right_that_is_missing_is_named(
        self, clinic: Clinic, operation: str, right: str, section: str
    ) -> None:
        clinic.healthy()
        clinic.refuse(operation, "AccessDeniedException")
        report = clinic.doctor()
        told = [one for one in report.findings if not one.reached and right in f"{one.text} {one.todo}"]
        assert section in {one.section for one in told}
        assert report.exit_code is Exit.UNREACHABLE
        assert len(report.findings) > 8

    def test_expired_credentials(self, clinic: Clinic) -> None:
        clinic.healthy()
        for operation in ("cloudformation.DescribeStacks", "sns.ListSubscriptionsByTopic"):
            clinic.refuse(operation, "ExpiredToken")
        report = clinic.doctor()
        assert "aws.credentials" in codes(report, "problem")
        assert "export.fetched" in codes(report, "ok")
        assert report.exit_code is Exit.UNREACHABLE

    def test_secrets_that_are_gone(self, clinic: Clinic) -> None:
        clinic.healthy()
        clinic.setup.secrets.remove("demo")
        report = clinic.doctor()
        assert report.next[0] == "settings.secrets_not_read"
        assert {"export.no_address", "mall.no_key"} <= codes(report, "note")

    @pytest.mark.parametrize(("allowed", "code"), [(1000, "stack.limits"), (10, "stack.limits_low")])
    def test_the_accounts_limit(self, clinic: Clinic, allowed: int, code: str) -> None:
        clinic.healthy()
        clinic.guard.answers["lambda.GetAccountSettings"] = {
            "AccountLimit": {"UnreservedConcurrentExecutions": allowed}
        }
        record = clinic.setup.shops.get("demo")
        assert record is not None
        strict = clinic.services.with_settings(REQUIRE_TLS="true")
        report = diagnose(strict, record, Language.ENGLISH)
        assert fact(report, code, "concurrent_executions") == allowed
        # Addresses on this machine are for a local stack alone, here too.
        assert "download.address.not_public" in codes(report, "problem")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NoCredentialsError(), "aws.credentials"),
        (TokenRetrievalError(provider="sso", error_msg="hush"), "aws.credentials"),
        (EndpointConnectionError(endpoint_url="https://hush"), "aws.unreachable"),
        (ClientError({"Error": {"Code": "Throttling", "Message": "hush"}}, "GetItem"), "aws.refused"),
        (TableBusyError("the table is busy"), "mall.unread"),
    ],
)
def test_what_cannot_be_reached_is_a_finding_after_those_before(error: Exception, code: str) -> None:
    first = Finding(Section.MALL, "mall.slow", Level.NOTE, "slow")

    def look() -> Iterator[Finding]:
        yield first
        raise error

    voice = Voice(Language.ENGLISH, ZoneInfo("Europe/Prague"))
    found = guarded(Section.MALL, voice, look)
    assert [one.code for one in found] == ["mall.slow", code]
    assert (found[1].reached, bool(found[1].todo)) == (False, True)
    assert "hush" not in repr(found)


class TestWithoutAStack:
    def test_a_file_is_examined_as_far_as_it_goes(self, clinic: Clinic) -> None:
        services = Services({"REQUIRE_TLS": "false"})
        report = diagnose_file(services, ({"shop": "demo"}, clinic.secrets), Language.ENGLISH)
        assert codes(report) >= {"record.file", "profile.no_records", "mall.key_accepted", "stack.not_named"}
        assert (report.exit_code, report.next[0]) == (Exit.DONE, "add")

    def test_a_broken_profile_is_a_finding_and_the_export_is_fetched(self, clinic: Clinic) -> None:
        clinic.some_orders()
        file = {"shop": "demo", "profile_text": "format = "}, clinic.secrets
        report = diagnose_file(Services({"REQUIRE_TLS": "false"}), file, Language.ENGLISH)
        broken = finding(report, "profile.broken")
        assert 'profile = "orders"' in broken.todo
        assert "export.fetched" in codes(report, "ok")


class TestTheCommand:
    def test_a_report_for_people_and_one_for_programs(
        self, clinic: Clinic, cli: Callable[..., Ended]
    ) -> None:
        clinic.healthy()
        shown = cli("doctor", "demo")
        assert shown.code == 0
        assert shown.out.startswith("Shop demo\n\nShop record and settings\n  ok ")
        assert shown.out.endswith("says how it is doing.\n")
        assert "\x1b" not in shown.out
        data = cli("doctor", "demo", "--json").json
        assert set(data) == {"shop", "checked_at", "exit_code", "next", "findings"}
        assert {frozenset(one) for one in data["findings"]} == {
            frozenset({"section", "code", "level", "text", "todo", "facts", "reached"})
        }

    def test_wrong_use(self, clinic: Clinic, cli: Callable[..., Ended]) -> None:
        clinic.healthy()
        assert cli("doctor").code == 2
        assert cli("doctor", "nobody").code == 2

    def test_a_file_before_the_shop_is_added(
        self, clinic: Clinic, cli: Callable[..., Ended], tmp_path: Path
    ) -> None:
        clinic.some_orders()
        path = tmp_path / "shop.toml"
        lines = [f'{key} = "{value}"' for key, value in clinic.secrets.items()]
        path.write_text("\n".join(['shop = "demo"', "[secrets]", *lines]), "utf-8")
        ended = cli("doctor", "--file", str(path), "--json")
        data = ended.json
        assert (ended.code, data["next"]["code"]) == (1, "alarms.nobody")
        assert {one["code"] for one in data["findings"]} >= {
            "record.file",
            "profile.fits",
            "mall.key_accepted",
        }
        assert clinic.setup.shops.all() == []
