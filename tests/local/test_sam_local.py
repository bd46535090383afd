"""`make sam-local` as far as it needs no Docker: what it says without, and that it finds what is wrong."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, cast

import pytest

from local.sam import __main__ as sam_local
from local.sam import containers
from local.sam.cases import CASES, Case
from local.sam.containers import Containers, Invocation
from local.sam.scene import Filled, Says, Scene, WrongError, must_match

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "an-invented-operators-token"
WEBHOOK_SECRET = "an-invented-secret-of-a-webhook"
KEY = "5f0c1d2e3b4a59687786958493a2b1c0"
ADDRESSES = {
    "aws": {"endpoint_url": "http://127.0.0.1:9", "stack": "any", "table": "any"},
    "api": {
        "url": "http://127.0.0.1:9/v1",
        "operator_token": TOKEN,
        "mall_webhook_url": f"http://127.0.0.1:9/v1/webhook/demo/{WEBHOOK_SECRET}",
    },
    "mall": {"client_id": KEY, "control_url": "http://127.0.0.1:9/control"},
    "fastcentrik": {
        "export_url": "http://127.0.0.1:9/export/9a8b7c6d5e4f39281706f5e4d3c2b1a0/orders.xml",
        "import_url": "http://127.0.0.1:9/import/0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "control_url": "http://127.0.0.1:9/control",
    },
}
ALLOWED = {
    "principalId": "local",
    "policyDocument": {"Statement": [{"Effect": "Allow", "Resource": "arn:aws:x:a1b2c3d4e5/v1/*"}]},
    "context": {"shops": "demo"},
}


class Canned:
    """Answers every invocation alike."""

    def __init__(self, answer: object, log: str = "") -> None:
        self._ran = Invocation(answer, log)

    def invoke(self, function: str, event: object) -> Invocation:
        assert function
        assert event
        return self._ran


def run_case(answer: object, log: str = "", case: Case = CASES[0]) -> bool:
    return sam_local.run_case(case, Scene(ADDRESSES), cast("Containers", Canned(answer, log)))


def fake_docker(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


@pytest.mark.parametrize(("script", "said"), [(None, "is not installed"), ("exit 1", "does not answer")])
def test_without_docker_it_says_what_to_do_and_starts_nothing(
    tmp_path: Path,
    script: str | None,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if script is not None:
        fake_docker(tmp_path, script, monkeypatch)
    assert sam_local.main([]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert "install and start Docker" in line


@pytest.mark.parametrize(
    ("listed", "address"),
    [
        ([{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}], "172.17.0.1"),
        ([{"Subnet": "10.9.0.0/24"}], "10.9.0.1"),
        (
            [{"Subnet": "fd00::/64"}, {"Subnet": "192.168.7.0/24", "Gateway": "192.168.7.254"}],
            "192.168.7.254",
        ),
    ],
)
def test_the_bridge_is_how_containers_reach_this_machine(
    tmp_path: Path, listed: object, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_docker(tmp_path, f"echo '{json.dumps(listed)}'", monkeypatch)
    assert containers.bridge_address() == address


def test_the_right_answer_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_case(ALLOWED)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("ok      authorize.right_token ")


@pytest.mark.parametrize(
    ("answer", "log", "said"),
    [
        ({**ALLOWED, "context": {}}, "", "shops"),
        ({"errorType": "ImportError", "errorMessage": "no module"}, "", "policyDocument"),
        ("text", "", "'text' instead of"),
        (None, "", "None instead of"),
        (ALLOWED, f"… {TOKEN} …", "a secret"),
        (ALLOWED, f"client_id={KEY}", "a secret"),
        (ALLOWED, f"POST /webhook/demo/{WEBHOOK_SECRET}", "a secret"),
        (ALLOWED, "GET /export/9a8b7c6d5e4f39281706f5e4d3c2b1a0/orders.xml", "a secret"),
        (ALLOWED, "zakaznik.000042@example.invalid", "personal data"),
    ],
)
def test_anything_else_has_failed_and_says_why(
    answer: object, log: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not run_case(answer, log)
    line, why = capsys.readouterr().out.splitlines()
    assert line.startswith("FAILED  authorize.right_token ")
    assert said in why


def test_a_log_without_what_it_must_hold_has_failed(capsys: pytest.CaptureFixture[str]) -> None:
    denied = {
        "policyDocument": {"Statement": [{"Effect": "Deny", "Resource": "arn:aws:x:a1b2c3d4e5/v1/*"}]},
        "context": {},
    }
    assert run_case(denied, '{"message": "a call with a wrong token was turned away"}', CASES[1])
    assert not run_case(denied, "", CASES[1])
    assert "wrong token" in capsys.readouterr().out


def answered(status: int, body: str) -> dict[str, object]:
    return {"statusCode": status, "body": body}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (answered(200, "no JSON"), "cannot be read"),
        ({"statusCode": 200}, "cannot be read"),
        (answered(404, '{"message": "no", "trace": "…"}'), "a refusal"),
        (answered(404, '{"message":\n"no"}'), "a refusal"),
    ],
)
def test_an_http_answer_is_json_and_a_refusal_one_line(
    answer: object, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    case = Case("operate.health", "any", {"statusCode": 200, "body": {}})
    assert not run_case(answer, "", case)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("found", "pattern"),
    [
        ({"a": 1, "b": 2}, {"a": 1}),
        ({"a": None}, {"a": None}),
        ([{"a": 1}, 2], [{}, 2]),
        ({"a": "x"}, {"a": Filled()}),
        ({}, {"a": Filled(yes=False)}),
        ("one of two", Says("two", "one")),
    ],
)
def test_what_is_like_the_pattern(found: object, pattern: object) -> None:
    must_match("it", found, pattern)


@pytest.mark.parametrize(
    ("found", "pattern", "said"),
    [
        ({"a": 1}, {"a": 2}, "it.a: 1 instead of 2"),
        ({}, {"a": 1}, "it.a: None instead of 1"),
        ([1], [1, 2], r"it: \[1\] instead of"),
        ([{"a": 1}], [{"a": 2}], r"it\[0\].a: 1 instead of 2"),
        ({"a": ""}, {"a": Filled()}, "must be filled"),
        ({"a": 1}, {"a": Filled(yes=False)}, "must be empty"),
        ("one", Says("two"), "lacks"),
        (None, {}, "None instead of"),
    ],
)
def test_what_is_not_like_the_pattern(found: object, pattern: object, said: str) -> None:
    with pytest.raises(WrongError, match=said):
        must_match("it", found, pattern)
