"""The OpenAPI document and the deployed HTTP API say the same: schemathesis finds nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.persons import Role
from sandbox.times import PRAGUE
from tests.openapi.__main__ import PATH
from tests.openapi.examples import CANCELED, COMING_BACK, HELD, LATER, SHIPPED, WRONG
from tests.stack.conditions import at, held

if TYPE_CHECKING:
    from local.stack.client import Deployment, ShopClient
    from local.stack.http import Json
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
SETTINGS: Json = {"import": "link", "rules": {"push_returned": True}}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@pytest.fixture(scope="module")
def shop(open_shop: OpenShop) -> ShopClient:
    """A shop where the orders that the document's examples name are as there: all but the first wait for somebody."""
    opened = open_shop("openapi", **SETTINGS)
    on_their_way = (SHIPPED, CANCELED, COMING_BACK)
    today = f"{datetime.now(PRAGUE):%Y-%m-%d}"
    for number in (*on_their_way, HELD, WRONG):
        opened.opens(
            {"id": number}, mall_order_id=number, code=f"C{number}", status="vyřízená", created=today
        )
    opened.opens({"id": LATER}, mall_order_id=LATER, code=f"C{LATER}", status="vyřizuje se")
    opened.clerk(HELD, tracking_number="")
    opened.clerk(WRONG, delivery_date=today)
    opened.sync()
    opened.reach(
        dict.fromkeys(on_their_way, at("shipped")) | {HELD: held("missing_tracking"), WRONG: at("delivered")}
    )
    for number in (CANCELED, COMING_BACK):
        opened.clerk(number, status="stornováno")
    opened.clerk(WRONG, status="vyřizuje se")
    opened.sync()
    opened.reach(
        dict.fromkeys((CANCELED, COMING_BACK), held("cancel_too_late")) | {WRONG: held("after_delivered")}
    )
    return opened


def test_schemathesis_finds_nothing(deployment: Deployment, shop: ShopClient, tmp_path: Path) -> None:
    """Two programs at once: its own workers are threads, and those of Python 3.11 cannot parse at the same time."""
    secret = deployment.add_webhook(shop.name).rpartition("/")[2]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in ("", "shared", "cli")),
        "API_URL": deployment.api_url,
        "API_TOKEN": deployment.add_operator("schemathesis", [shop.name]),
        "SHOP": shop.name,
        "WEBHOOK_SECRET": secret,
    }
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", "tests/stack/schemathesis.toml"]
    with ExitStack() as started:
        runs = {}
        for method in ("GET", "POST"):
            report = started.enter_context((tmp_path / method).open("w+", encoding="utf-8"))
            command = [*program, "run", str(PATH), "--no-color", "--include-method", method]
            runs[method] = (
                started.enter_context(
                    subprocess.Popen(
                        command, env=environment, cwd=ROOT, stdout=report, stderr=subprocess.STDOUT
                    )
                ),
                report,
            )
        for run, report in runs.values():
            found = run.wait()
            report.seek(0)
            text = report.read().replace(secret, "…")
            assert found == 0, text
            assert "passed" in text
    deployment.settle()


def test_a_method_that_an_address_does_not_have_is_a_404(deployment: Deployment) -> None:
    """As API Gateway answers: it has no 405."""
    tried = 0
    for path, item in json.loads(PATH.read_text(encoding="utf-8"))["paths"].items():
        address = path.format(mall_order_id=SHIPPED, cause="refused", shop="demo", secret="0" * 64)
        for method in METHODS:
            if method.lower() not in item:
                answer = deployment.ask(method, address)
                assert answer.status_code == 404, (method, address)
                tried += 1
    assert tried > 80


def test_the_document_is_served_to_whoever_has_a_token(deployment: Deployment, shop: ShopClient) -> None:
    viewer = deployment.add_operator("reads-the-document", [shop.name], Role.VIEWER)
    answer = deployment.ask("GET", "/openapi.json", token=viewer)
    assert answer.content == PATH.read_bytes()
    assert deployment.ask("GET", "/openapi.json", token="").status_code == 401
