"""Private (G7): after everything that the tests before did, no secret and nobody's data is anywhere.

Marked to run last: what leaks, leaks when something goes wrong, and the other tests see to that.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.stack.waiting import eventually
from sandbox import PERSONAL_MARKERS
from tests.stack.conditions import at, held

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.stack.client import Deployment, ShopClient
    from local.stack.http import Json
    from local.stack.mailbox import Mailbox
    from tests.stack.conftest import OpenShop

pytestmark = [
    pytest.mark.stack,
    pytest.mark.last,
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("lived", "brought"),
]

SECRET_FILES = {"stack.json", "sandbox.json"}
"""The local contract wants the secrets there; both are readable by their owner only."""
INVENTED = "orderbridge/adapters/fastcentrik/writing/preview.py"
"""The product's own example of an order: nobody's, and of the same invented deployment."""


@pytest.fixture(scope="module")
def lived(open_shop: OpenShop) -> ShopClient:
    """So that there is something to be found even where this module runs alone, with a leak on every way.

    MALL's errors echo the key and all that they know of the customer; the export carries every customer; a clerk
    writes the customer's name where the date of delivery should be.
    """
    shop = open_shop("private")
    marker = PERSONAL_MARKERS[0]
    echo = f"client_id={shop.client_id} (or {shop.client_id}) of zakaznik@example.invalid, +420601000001"
    echo += f", Jiřina {marker}á, {PERSONAL_MARKERS[2]} 12, {PERSONAL_MARKERS[3]}"
    envelope = json.dumps({"result": {"code": 422, "status": "ERROR", "message": echo}})
    whole, refused, lost, dirty = (shop.opens() for _ in range(4))
    shop.sync()
    shop.reach(dict.fromkeys((whole, refused, lost, dirty), at("open")))
    shop.arm(
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
        shop.clerk(number, status="vyřizuje se")
    shop.clerk(dirty, status="vyřízená", delivery_date=f"{marker}á", carrier="zakaznik@example.invalid")
    shop.sync()
    shop.reach(
        {whole: at("shipping"), lost: at("shipping"), refused: lambda order: order["hold"] is not None}
    )
    shop.reach({dirty: lambda order: order["hold"] is not None})
    for number in (whole, refused, lost, dirty):
        shop.order(number)
    for fault in ({"kind": "status", "http_status": 500}, {"kind": "truncated"}, {"kind": "lost"}):
        shop.arm_shop(**fault)
        shop.sync()
        shop.deployment.settle()
        shop.health()
    shop.arm_shop()
    return shop


@pytest.fixture(scope="module")
def brought(open_shop: OpenShop, mailbox: Mailbox) -> ShopClient:
    """Whole orders on their way into the shop, whose import quotes them; people and strangers who say too much."""
    mode: Json = {"import": "create"}
    shop = open_shop("private-brought", **mode)
    deployment, marker = shop.deployment, PERSONAL_MARKERS[0]
    rules = [{"kind": kind, "target": "import", "times": 1} for kind in ("refused", "truncated")]
    rules[0]["echo"] = True
    shop.arm_shop(rules=rules)
    orders = [shop.arrives() for _ in rules]
    shipped = shop.opens(status="vyřízená")
    shop.reach({shipped: at("shipped"), **dict.fromkeys(orders, lambda _: shop.imports() > 1)})
    refused = eventually(
        lambda: next((number for number in orders if held("import_refused")(shop.orders()[number])), None),
        "the shop has refused one of them",
    )
    shop.clerk(shipped, status="stornováno")
    shop.reach({shipped: lambda _: bool(shop.order(shipped)["return"])})
    note = {"note": "volat +420601000001 nebo zakaznik@example.invalid"}
    for path in (f"/returns/{shipped}/resolve", f"/escalations/{refused}/not_imported/close"):
        assert shop.ask("POST", path, note).status_code == 200
    hook = deployment.add_webhook(shop.name)
    for url in (hook, f"{hook}x", hook.replace(shop.name, "no-such-shop")):
        assert deployment.post(url, f'["{marker}á"]'.encode()).status_code in {400, 404}
    eventually(lambda: mailbox.emails(shop.name), "the shop is told")
    return shop


def test_the_search_would_find_something(deployment: Deployment, lived: ShopClient) -> None:
    needles = [needle for needle, _ in _needles(deployment)]
    assert len(needles) >= 8
    assert all(len(needle) >= 6 for needle in needles)
    export = deployment.http.request("GET", lived.fastcentrik["export_url"]).text
    assert any(marker in export for marker in PERSONAL_MARKERS)
    assert _found(deployment, [("the parameters", json.dumps(_parameters(deployment), ensure_ascii=False))])


def test_no_log_group(deployment: Deployment) -> None:
    logs = deployment.aws("logs")
    texts = []
    for group in logs.describe_log_groups()["logGroups"]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        texts += [(group["logGroupName"], event["message"]) for page in pages for event in page["events"]]
    assert len(texts) > 100
    assert not _found(deployment, texts)


def test_no_item_of_the_table(deployment: Deployment, lived: ShopClient) -> None:
    pages = deployment.aws("dynamodb").get_paginator("scan").paginate(TableName=deployment.table)
    items = [item for page in pages for item in page["Items"]]
    assert any(item["pk"]["S"].startswith(f"ORDER#{lived.name}#") for item in items)
    assert not _found(deployment, ((item["pk"]["S"], json.dumps(item, ensure_ascii=False)) for item in items))


def test_no_message_that_is_left(deployment: Deployment) -> None:
    sqs = deployment.aws("sqs")
    for url in sqs.list_queues()["QueueUrls"]:
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        assert not _found(deployment, ((url, one["Body"]) for one in received.get("Messages", [])))


def test_no_letter_to_a_shop(mailbox: Mailbox) -> None:
    """Everything that the shops' people were told in all tests before."""
    emails = mailbox.emails()
    assert emails
    assert not _found(
        mailbox.deployment, ((email.subject, f"{email.subject}\n{email.text}") for email in emails)
    )


def test_no_object_of_the_bucket(deployment: Deployment) -> None:
    s3, seen = deployment.aws("s3"), []
    for bucket in s3.list_buckets()["Buckets"]:
        if "checkpoints" not in bucket["Name"].lower():
            continue
        for one in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
            answer = s3.get_object(Bucket=bucket["Name"], Key=one["Key"])
            text = answer["Body"].read().decode("latin-1")
            seen.append((one["Key"], f"{one['Key']} {answer['Metadata']} {text}"))
    assert seen
    assert not _found(deployment, seen)


def test_no_file_of_the_stack(deployment: Deployment) -> None:
    """The programs' own logs among them. What the embedded AWS keeps in files is all of it, its code too."""
    built = {".so", ".pyc", ".zip"}
    files = [path for path in deployment.state.rglob("*") if path.is_file() and path.suffix not in built]
    files = [
        path for path in files if path.name not in SECRET_FILES and not path.as_posix().endswith(INVENTED)
    ]
    assert {"aws.log", "sandbox.log", "sam.log"} <= {path.name for path in files}
    # Every function has a copy of the layer: what is the same is searched once.
    texts = {path.read_bytes(): str(path) for path in files}
    assert not _found(deployment, ((where, text.decode("utf-8", "replace")) for text, where in texts.items()))


def test_no_answer_of_the_http_api(deployment: Deployment, api_answers: list[str]) -> None:
    assert len(api_answers) > 20
    assert not _found(deployment, (("an answer", text) for text in api_answers))


def test_no_description_of_the_deployment(deployment: Deployment) -> None:
    """The functions' environment, the template's outputs and parameters."""
    functions = deployment.aws("lambda").list_functions()["Functions"]
    described = [json.dumps(one.get("Environment", {})) for one in functions]
    stack = deployment.aws("cloudformation").describe_stacks(StackName=deployment.stack)["Stacks"][0]
    described.append(json.dumps([stack.get("Outputs"), stack.get("Parameters")]))
    assert not _found(deployment, (("a description", text) for text in described))


def test_the_parameters_are_secure_strings(deployment: Deployment) -> None:
    names = [one["Name"] for one in _described(deployment)]
    assert f"{deployment.prefix}/webhooks/demo" in names
    assert {one["Type"] for one in _described(deployment)} == {"SecureString"}
    webhook = deployment.aws("ssm").get_parameter(
        Name=f"{deployment.prefix}/webhooks/demo", WithDecryption=True
    )
    secret = deployment.addresses["api"]["mall_webhook_url"].rsplit("/", 1)[1]
    assert secret not in webhook["Parameter"]["Value"], "nor more of a webhook's secret"


def _needles(deployment: Deployment) -> list[tuple[str, str]]:
    """What must not be found, and how to call it without repeating it."""
    personal = [(marker, f"personal data ({marker})") for marker in PERSONAL_MARKERS]
    return [
        (secret, f"secret number {n}") for n, secret in enumerate(dict.fromkeys(deployment.secrets))
    ] + personal


def _found(deployment: Deployment, texts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Where something was found, and what; escaped forms of JSON are looked at too."""
    needles = _needles(deployment)
    needles += [(json.dumps(text)[1:-1], name) for text, name in needles if not text.isascii()]
    return [(where, name) for where, text in texts for needle, name in needles if needle in text]


def _described(deployment: Deployment) -> list[dict[str, str]]:
    pages = deployment.aws("ssm").get_paginator("describe_parameters").paginate()
    return [one for page in pages for one in page["Parameters"] if one["Name"].startswith(deployment.prefix)]


def _parameters(deployment: Deployment) -> list[str]:
    names = [one["Name"] for one in _described(deployment)]
    return [
        deployment.aws("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
        for name in names
    ]
