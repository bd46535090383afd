"""What a session learns from AWS: the stack, and who calls."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from orderbridge_cli.session import Options, Session

if TYPE_CHECKING:
    from pathlib import Path


def session(monkeypatch: pytest.MonkeyPatch, folder: Path, **clients: SimpleNamespace) -> Session:
    monkeypatch.chdir(folder)
    made = Session(Options(stack="shop-stack", region="eu-central-1"))
    monkeypatch.setattr(made, "_client", clients.__getitem__)
    return made


def stack(status: str) -> SimpleNamespace:
    outputs = [{"OutputKey": key, "OutputValue": "x"} for key in ("TableName", "SecretsPrefix")]
    described = {"Outputs": outputs, "StackStatus": status}
    return SimpleNamespace(describe_stacks=lambda **_: {"Stacks": [described]})


@pytest.mark.parametrize(
    ("status", "warned"),
    [
        ("CREATE_COMPLETE", False),
        ("UPDATE_ROLLBACK_COMPLETE", False),
        ("UPDATE_IN_PROGRESS", True),
        ("UPDATE_ROLLBACK_FAILED", True),
    ],
)
def test_a_stack_that_is_half_updated_is_told_of(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    status: str,
    warned: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert session(monkeypatch, tmp_path, cloudformation=stack(status)).services.table == "x"
    assert (status in capsys.readouterr().err) is warned


@pytest.mark.parametrize(
    ("arn", "person"),
    [
        ("arn:aws:iam::111122223333:user/jana", "jana"),
        ("arn:aws:sts::111122223333:assumed-role/Operators/jana.vymyslena@shop.test", "jana.vymyslena"),
    ],
)
def test_who_calls_is_no_address(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arn: str, person: str
) -> None:
    sts = SimpleNamespace(get_caller_identity=lambda: {"Arn": arn})
    assert session(monkeypatch, tmp_path, sts=sts).person == person
