"""The clerks' page at its address on this machine, and links in mails, which lead there.

The template makes the links of AWS's own name of the API, which leads nowhere here. So the functions' setting is set by
a call once the API's address on this machine is known. It is the same setting as on AWS, and the product reads it as
there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.stack.http import HttpClient
from local.stack.processes import StackError

if TYPE_CHECKING:
    from local.stack.aws import AwsSession

SETTING = "CONSOLE_URL"
"""The functions' setting with the address of the clerks' page."""


def set_console_url(session: AwsSession, stack: str, console_url: str) -> None:
    """Gives every function of `stack` that has the setting this address, and waits until it is in force.

    Raises:
        StackError: no function has it.
    """
    client = session.client("lambda")
    found = 0
    for page in client.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            name, settings = function["FunctionName"], function.get("Environment", {}).get("Variables", {})
            if not name.startswith(f"{stack}-") or SETTING not in settings:
                continue
            environment = {"Variables": {**settings, SETTING: console_url}}
            client.update_function_configuration(FunctionName=name, Environment=environment)
            client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
            found += 1
    if not found:
        msg = f"no function of the deployed template has the setting {SETTING}"
        raise StackError(msg)


def open_page(console_url: str) -> None:
    """Asks for the page once, as a person does next: the function's first process is there then.

    Raises:
        StackError: the page does not answer.
    """
    http = HttpClient()
    with http.session:
        answer = http.request("GET", f"{console_url}/sign-in")
    if not answer.ok:
        msg = f"the clerks' page answers {answer.status_code}: see the log group of the function console"
        raise StackError(msg)
