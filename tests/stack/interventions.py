"""What is done behind the product's back, because the real thing takes minutes or weeks, or is a crash."""

from __future__ import annotations

import os
import re
import signal
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack.client import Deployment
    from local.stack.http import Json

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_MAX_TRIES = 20


def rewind(deployment: Deployment, shop: str, number: int, seconds: float = 3600) -> None:
    """Moves everything on record of an order into the past, also where a text names a moment.

    The product may write the order meanwhile. It writes on the version that it has read, so this is a version of its
    own: otherwise a function that read before would write the old moments back.
    """
    dynamodb, key = deployment.aws("dynamodb"), {"pk": {"S": f"ORDER#{shop}#{number}"}, "sk": {"S": "ORDER"}}
    for _ in range(_MAX_TRIES):
        item = dynamodb.get_item(TableName=deployment.table, Key=key, ConsistentRead=True)["Item"]
        try:
            dynamodb.put_item(
                TableName=deployment.table,
                Item=_in_next_version({name: _shifted(value, seconds) for name, value in item.items()}),
                ConditionExpression="version = :version",
                ExpressionAttributeValues={":version": item["version"]},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"order {shop}/{number} is never left alone")


def _in_next_version(item: Json) -> Json:
    """The item of an order, with the next version wherever it has the version."""
    version = {"N": str(int(item["version"]["N"]) + 1)}
    return {**item, "version": version, "order": {"M": {**item["order"]["M"], "version": version}}}


def rewind_shop(
    deployment: Deployment, shop: str, seconds: float = 3600, name: str = "stopped_probe_at"
) -> None:
    """Moves a moment in a shop's record; the usual one is when a stopped shop tries its key again."""
    dynamodb, key = deployment.aws("dynamodb"), {"pk": {"S": "SHOPS"}, "sk": {"S": shop}}
    item = dynamodb.get_item(TableName=deployment.table, Key=key, ConsistentRead=True)["Item"]
    dynamodb.update_item(
        TableName=deployment.table,
        Key=key,
        UpdateExpression="SET #name = :at",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":at": _shifted(item[name], seconds)},
    )


@contextmanager
def visibility(deployment: Deployment, queue: str, seconds: int) -> Iterator[None]:
    """How long `queue` hides a message that was handed out."""
    sqs, url, name = deployment.aws("sqs"), deployment.queue(queue), "VisibilityTimeout"
    usual = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(seconds)})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={name: usual})


def kill(deployment: Deployment, name: str) -> None:
    """Kills the processes that run a function in this stack, and no other's."""
    function = f"ministack-lambda-{deployment.function(name)}-"
    own = str(deployment.state / "aws" / "tmp" / function).encode()
    killed = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if own in command:
            os.kill(int(process.name), signal.SIGKILL)
            killed += 1
    assert killed, f"no process runs {name}"


def _shifted(value: Json, seconds: float) -> Json:
    """A DynamoDB value with every moment in it moved."""
    ((kind, content),) = value.items()
    if kind == "S":
        return {"S": _MOMENT.sub(lambda found: _earlier(found, seconds), content)}
    if kind == "M":
        return {"M": {key: _shifted(inner, seconds) for key, inner in content.items()}}
    if kind == "L":
        return {"L": [_shifted(inner, seconds) for inner in content]}
    return value


def _earlier(found: re.Match[str], seconds: float) -> str:
    """The moment in the form that it was written in."""
    moment = datetime.fromisoformat(found.group()) - timedelta(seconds=seconds)
    text = moment.isoformat(timespec="microseconds" if found[1] else "seconds")
    return text.replace("+00:00", found[2])
