"""Checks before a deployment whether the account's limits are wide enough, and says what to ask for.

``python -m deployment.limits [--region R] [--profile P] [whatever else goes to sam deploy]``; ``make deploy`` runs it.
It reads three settings and changes nothing. It says which of them the caller may not read.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MAX_AT_ONCE = 152
"""The most executions that the queues of the template start at once: the sum of ``MaximumConcurrency``."""
FOR_PEOPLE = 20
"""Executions beside them, for the HTTP API, the webhook and the schedules."""
MIN_AT_ONCE = 50
"""With fewer, functions are throttled even with a handful of shops."""
SHOPS_PER_SECOND = 40
"""Default limit of SSM: reads of parameters a second, for an account and region."""
ADDRESSES = 200
"""Default limit of SNS: filters of a topic, and so addresses of single shops."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the result. `stops`: the product would not work well even for a few shops."""

    text: str
    stops: bool = False


def findings(client: Callable[[str], Any]) -> Iterator[Finding]:
    """Yields the findings about the account. `client` makes a boto3 client of a service."""
    for check in (_executions, _parameters, _filters):
        try:
            yield from check(client)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            yield Finding(
                f"{check.__name__.lstrip('_')}: not checked, {error.operation_name} answered {code}"
            )


def _executions(client: Callable[[str], Any]) -> Iterator[Finding]:
    limit = client("lambda").get_account_settings()["AccountLimit"]
    free = int(limit["UnreservedConcurrentExecutions"])
    wanted = MAX_AT_ONCE + FOR_PEOPLE
    if free >= wanted:
        return
    ask = (
        f"Lambda: {free} concurrent executions are free in this region, the product uses up to {wanted}: "
        "ask for 1000 (Service Quotas, AWS Lambda, Concurrent executions)"
    )
    if free < MIN_AT_ONCE:
        yield Finding(ask, stops=True)
    else:
        yield Finding(f"{ask}, or deploy with smaller MaxUpdatesAtOnce and MaxMallCallsAtOnce")


def _parameters(client: Callable[[str], Any]) -> Iterator[Finding]:
    setting = client("ssm").get_service_setting(SettingId="/ssm/parameter-store/high-throughput-enabled")
    if setting["ServiceSetting"]["SettingValue"] != "true":
        yield Finding(
            f"SSM: {SHOPS_PER_SECOND} parameters a second for the whole account and region. Enough for a few hundred "
            "shops; for more switch on Parameter Store's higher throughput (it costs per read)"
        )


def _filters(client: Callable[[str], Any]) -> Iterator[Finding]:
    pages = client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="sns")
    for page in pages:
        for quota in page["Quotas"]:
            if "filter policies per topic" in quota["QuotaName"].lower():
                addresses = int(quota["Value"])
                yield Finding(
                    f"SNS: {addresses} addresses of single shops; for more ask for a higher {quota['QuotaName']!r} "
                    "(Service Quotas, Amazon SNS), or tell one address of all shops (ShopAlarmEmail)"
                )
                return
    yield Finding(
        f"SNS: {ADDRESSES} addresses of single shops, unless raised; for more tell one address of all shops "
        "(ShopAlarmEmail)"
    )


def main(arguments: Sequence[str] | None = None, client: Callable[[str], Any] | None = None) -> int:
    """Returns 0, or 1 if the deployment would not work well. Lines on stderr say what to ask for."""
    parser = argparse.ArgumentParser(prog="deployment.limits", description=__doc__, allow_abbrev=False)
    parser.add_argument("--region")
    parser.add_argument("--profile")
    asked, _ = parser.parse_known_args(arguments)
    try:
        session: Any = boto3.Session(region_name=asked.region, profile_name=asked.profile)
        found = list(findings(client or session.client))
    except BotoCoreError as error:
        print(f"AWS cannot be used ({type(error).__name__}): check credentials and region", file=sys.stderr)
        return 1
    for finding in found:
        print(("STOP " if finding.stops else "note ") + finding.text, file=sys.stderr)
    if any(finding.stops for finding in found):
        print("To deploy all the same: make deploy LIMITS=ignore", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
