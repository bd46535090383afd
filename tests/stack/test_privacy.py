"""Private (guarantee 7): after everything that the tests before did, no secret and nobody's data is anywhere.

The last module on purpose: what leaks, leaks when something goes wrong, and the other modules see to that.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sandbox import PERSONAL_MARKERS
from tests.stack.place import Place, at, held
from tests.stack.town import Json, eventually

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.stack.conftest import NewPlace
    from tests.stack.mailbox import Mailbox
    from tests.stack.town import Town

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300), pytest.mark.usefixtures("lived", "brought")]

SECRET_FILES = {"stack.json", "sandbox.json"}
"""The local contract wants the secrets there; both are readable by their owner only."""
INVENTED = "orderbridge/adapters/fastcentrik/trial.py"
"""The product's own example of an order: nobody's, and of the same invented town."""


@pytest.fixture(scope="module")
def lived(new_place: NewPlace) -> Place:
    """So that there is something to be found even where this module runs alone, with a leak on every way.

    MALL's errors echo the key and all that they know of the customer; the export carries every customer; a clerk
    writes the customer's name where the date of delivery should be.
    """
    place = new_place("private")
    marker = PERSONAL_MARKERS[0]
    echo = f"client_id={place.client_id} (or {place.client_id}) of zakaznik@example.invalid, +420601000001"
    echo += f", Jiřina {marker}á, {PERSONAL_MARKERS[2]} 12, {PERSONAL_MARKERS[3]}"
    envelope = json.dumps({"result": {"code": 422, "status": "ERROR", "message": echo}})
    whole, refused, lost, dirty = (place.opens() for _ in range(4))
    place.sync()
    place.reach(dict.fromkeys((whole, refused, lost, dirty), at("open")))
    place.arm(
        {
            "kind": "status",
            "http_status": 422,
            "body": envelope,
            "method": "PUT",
            "order_id": refused,
            "times": 1,
        },
        {"kind": "malformed", "body": f"<p>{echo}</p>", "method": "PUT", "order_id": lost, "times": 1},
    )
    for number in (whole, refused, lost):
        place.clerk(number, status="vyřizuje se")
    place.clerk(dirty, status="vyřízená", delivery_date=f"{marker}á", carrier="zakaznik@example.invalid")
    place.sync()
    place.reach(
        {whole: at("shipping"), lost: at("shipping"), refused: lambda order: order["hold"] is not None}
    )
    place.reach({dirty: lambda order: order["hold"] is not None})
    for number in (whole, refused, lost, dirty):
        place.order(number)
    faults = f"{place.fastcentrik['control_url']}/faults"
    for fault in ({"kind": "status", "http_status": 500}, {"kind": "truncated"}, {"kind": "lost"}):
        place.town.control("PUT", faults, fault)
        place.sync()
        place.town.settle()
        place.health()
    place.town.control("PUT", faults, {})
    return place


@pytest.fixture(scope="module")
def brought(new_place: NewPlace, mailbox: Mailbox) -> Place:
    """Whole orders on their way into the shop, whose import quotes them; people and strangers who say too much."""
    mode: Json = {"import": "create"}
    place = new_place("private-brought", **mode)
    town, marker = place.town, PERSONAL_MARKERS[0]
    rules = [{"kind": kind, "target": "import", "times": 1} for kind in ("refused", "truncated")]
    rules[0]["echo"] = True
    town.control("PUT", f"{place.fastcentrik['control_url']}/faults", {"rules": rules})
    orders = [place.arrives() for _ in rules]
    shipped = place.opens(status="vyřízená")
    place.reach({shipped: at("shipped"), **dict.fromkeys(orders, lambda _: place.imports() > 1)})
    refused = eventually(
        lambda: next((number for number in orders if held("import_refused")(place.orders()[number])), None),
        "the shop has refused one of them",
    )
    place.clerk(shipped, status="stornováno")
    place.reach({shipped: lambda _: bool(place.order(shipped)["return"])})
    note = {"note": "volat +420601000001 nebo zakaznik@example.invalid"}
    for path in (f"/returns/{shipped}/resolve", f"/escalations/{refused}/not_imported/close"):
        assert place.ask("POST", path, note).status_code == 200
    hook = town.add_webhook(place.shop)
    for url in (hook, f"{hook}x", hook.replace(place.shop, "no-such-shop")):
        assert town.post(url, f'["{marker}á"]'.encode()).status_code in {400, 404}
    eventually(lambda: mailbox.letters(place.shop), "the shop is told")
    return place


def test_the_search_would_find_something(town: Town, lived: Place) -> None:
    needles = [needle for needle, _ in _needles(town)]
    assert len(needles) >= 8
    assert all(len(needle) >= 6 for needle in needles)
    export = town.http("GET", lived.fastcentrik["export_url"]).text
    assert any(marker in export for marker in PERSONAL_MARKERS)
    assert _found(town, [("the parameters", json.dumps(_parameters(town), ensure_ascii=False))])


def test_no_log_group(town: Town) -> None:
    logs = town.aws("logs")
    texts = []
    for group in logs.describe_log_groups()["logGroups"]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        texts += [(group["logGroupName"], event["message"]) for page in pages for event in page["events"]]
    assert len(texts) > 100
    assert not _found(town, texts)


def test_no_item_of_the_table(town: Town, lived: Place) -> None:
    pages = town.aws("dynamodb").get_paginator("scan").paginate(TableName=town.table)
    items = [item for page in pages for item in page["Items"]]
    assert any(item["pk"]["S"].startswith(f"ORDER#{lived.shop}#") for item in items)
    assert not _found(town, ((item["pk"]["S"], json.dumps(item, ensure_ascii=False)) for item in items))


def test_no_message_that_is_left(town: Town) -> None:
    sqs = town.aws("sqs")
    for url in sqs.list_queues()["QueueUrls"]:
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        assert not _found(town, ((url, one["Body"]) for one in received.get("Messages", [])))


def test_no_letter_to_a_shop(mailbox: Mailbox) -> None:
    """Everything that the shops' people were told in all tests before."""
    letters = mailbox.letters()
    assert letters
    assert not _found(
        mailbox.town, ((letter.subject, f"{letter.subject}\n{letter.text}") for letter in letters)
    )


def test_no_object_of_the_bucket(town: Town) -> None:
    s3, seen = town.aws("s3"), []
    for bucket in s3.list_buckets()["Buckets"]:
        if "positions" not in bucket["Name"].lower():
            continue
        for one in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
            answer = s3.get_object(Bucket=bucket["Name"], Key=one["Key"])
            text = answer["Body"].read().decode("latin-1")
            seen.append((one["Key"], f"{one['Key']} {answer['Metadata']} {text}"))
    assert seen
    assert not _found(town, seen)


def test_no_file_of_the_stack(town: Town) -> None:
    """The programs' own logs among them. What the embedded AWS keeps in files is all of it, its code too."""
    built = {".so", ".pyc", ".zip"}
    files = [path for path in town.state.rglob("*") if path.is_file() and path.suffix not in built]
    files = [
        path for path in files if path.name not in SECRET_FILES and not path.as_posix().endswith(INVENTED)
    ]
    assert {"aws.log", "sandbox.log", "sam.log"} <= {path.name for path in files}
    # Every function has a copy of the layer: what is the same is searched once.
    texts = {path.read_bytes(): str(path) for path in files}
    assert not _found(town, ((where, text.decode("utf-8", "replace")) for text, where in texts.items()))


def test_no_answer_of_the_http_api(town: Town) -> None:
    assert len(town.said) > 20
    assert not _found(town, (("an answer", text) for text in town.said))


def test_no_description_of_the_deployment(town: Town) -> None:
    """The functions' environment, the template's outputs and parameters."""
    functions = town.aws("lambda").list_functions()["Functions"]
    described = [json.dumps(one.get("Environment", {})) for one in functions]
    stack = town.aws("cloudformation").describe_stacks(StackName=town.stack)["Stacks"][0]
    described.append(json.dumps([stack.get("Outputs"), stack.get("Parameters")]))
    assert not _found(town, (("a description", text) for text in described))


def test_the_parameters_are_secure_strings(town: Town) -> None:
    names = [one["Name"] for one in _described(town)]
    assert f"{town.prefix}/webhooks/demo" in names
    assert {one["Type"] for one in _described(town)} == {"SecureString"}
    webhook = town.aws("ssm").get_parameter(Name=f"{town.prefix}/webhooks/demo", WithDecryption=True)
    secret = town.addresses["api"]["mall_webhook_url"].rsplit("/", 1)[1]
    assert secret not in webhook["Parameter"]["Value"], "nor more of a webhook's secret"


def _needles(town: Town) -> list[tuple[str, str]]:
    """What must not be found, and how to call it without repeating it."""
    personal = [(marker, f"personal data ({marker})") for marker in PERSONAL_MARKERS]
    return [(secret, f"secret number {n}") for n, secret in enumerate(dict.fromkeys(town.secrets))] + personal


def _found(town: Town, texts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Where something was found, and what; escaped forms of JSON are looked at too."""
    needles = _needles(town)
    needles += [(json.dumps(text)[1:-1], name) for text, name in needles if not text.isascii()]
    return [(where, name) for where, text in texts for needle, name in needles if needle in text]


def _described(town: Town) -> list[dict[str, str]]:
    pages = town.aws("ssm").get_paginator("describe_parameters").paginate()
    return [one for page in pages for one in page["Parameters"] if one["Name"].startswith(town.prefix)]


def _parameters(town: Town) -> list[str]:
    names = [one["Name"] for one in _described(town)]
    return [
        town.aws("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] for name in names
    ]
