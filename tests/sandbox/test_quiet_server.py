"""A withheld answer is no defect: the sandbox, which may run inside another program, says nothing about it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import requests

from tests.waiting import FAR

if TYPE_CHECKING:
    from sandbox import Sandbox


@pytest.mark.parametrize("how", ["close", "reset"])
def test_an_answer_that_is_lost_leaves_no_trace_on_the_terminal(
    sandbox: Sandbox, how: str, capfd: pytest.CaptureFixture[str]
) -> None:
    rule = {"kind": "lost_after", "how": how, "times": 1}
    requests.put(f"{sandbox.mall.control_url}/faults", json={"rules": [rule]}, timeout=10).raise_for_status()
    before = set(threading.enumerate())
    with pytest.raises(requests.ConnectionError):
        requests.get(
            f"{sandbox.mall.api_url}/orders", params={"client_id": sandbox.mall.client_id}, timeout=10
        )
    for thread in set(threading.enumerate()) - before:
        thread.join(FAR)  # the server's thread ends after its client
    assert capfd.readouterr() == ("", "")
