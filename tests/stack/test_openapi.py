"""The OpenAPI document and the deployed HTTP API say the same: schemathesis finds nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.persons import Role
from tests.openapi.__main__ import PATH
from tests.openapi.examples import CANCELED, COMING_BACK, HELD, SHIPPED, WRONG
from tests.stack.conditions import at

if TYPE_CHECKING:
    from local.stack.client import Deployment, ShopClient
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
MAX_EXAMPLES = 4
"""Of each operation, beside those of the document and of every limit of a schema."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@pytest.fixture(scope="module")
def shop(open_shop: OpenShop) -> ShopClient:
    """A shop with the orders that the document's examples name."""
    opened = open_shop("openapi", **{"import": "link"})
    numbers = (SHIPPED, HELD, CANCELED, COMING_BACK, WRONG)
    for number in numbers:
        opened.opens({"id": number}, mall_order_id=number, code=f"C{number}", status="vyřizuje se")
    opened.sync()
    opened.reach(dict.fromkeys(numbers, at("shipping")))
    return opened


def test_schemathesis_finds_nothing(deployment: Deployment, shop: ShopClient) -> None:
    hook = deployment.add_webhook(shop.name)
    name, secret = hook.rsplit("/", 2)[1:]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in ("", "shared", "cli")),
        "API_URL": deployment.api_url,
        "API_TOKEN": deployment.add_operator("schemathesis", [shop.name]),
        "WEBHOOK_SHOP": name,
        "WEBHOOK_SECRET": secret,
    }
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", "tests/stack/schemathesis.toml"]
    ended = subprocess.run(
        [*program, "run", str(PATH), "--max-examples", str(MAX_EXAMPLES), "--no-color"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    report = (ended.stdout + ended.stderr).replace(secret, "…")
    assert ended.returncode == 0, report
    print(report)
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
