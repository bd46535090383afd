"""The deployment: its own alarm topic, the stack's status, what its functions gave up, its schedules, the limits."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from orderbridge_cli.doctor.findings import Finding, Level, Section
from orderbridge_cli.doctor.people import masked
from orderbridge_cli.language import n, t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge_cli.doctor.patient import Patient

DEAD = ("DeadLettersQueue", "DeadRequestsQueue")
"""The template's queues of what failed too often."""
SCHEDULE = "AWS::Scheduler::Schedule"
GOOD = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
MIN_AT_ONCE = 50
"""Concurrent executions below which functions are throttled even with a handful of shops."""
_STACK = Section.DEPLOYMENT


class Stack:
    """What CloudFormation says of the stack, read once."""

    def __init__(self, patient: Patient) -> None:
        self._services = patient.services

    @property
    def name(self) -> str:
        """Empty where it is not known."""
        return self._services.stack

    @cached_property
    def described(self) -> dict[str, Any]:
        """One DescribeStacks."""
        answer = self._services.client("cloudformation").describe_stacks(StackName=self.name)
        found: dict[str, Any] = answer["Stacks"][0]
        return found

    @property
    def outputs(self) -> dict[str, str]:
        """By name."""
        return {one["OutputKey"]: one.get("OutputValue", "") for one in self.described.get("Outputs", [])}

    @cached_property
    def resources(self) -> list[dict[str, Any]]:
        """One ListStackResources per hundred."""
        pages = self._services.client("cloudformation").get_paginator("list_stack_resources")
        return [one for page in pages.paginate(StackName=self.name) for one in page["StackResourceSummaries"]]


def look_at_alarms(patient: Patient, stack: Stack) -> Iterator[Finding]:
    """Yields who hears of the deployment's own alarms (parameter AlarmEmail). One request per hundred subscriptions."""
    if not stack.name:
        return
    topic = stack.outputs.get("AlarmsTopicArn", "")
    if not topic:
        text = t("The stack has no output AlarmsTopicArn: is it the right stack, and a present version?")
        yield Finding(Section.ALARMS, "alarms.no_topic", Level.WARNING, text, text)
        return
    pages = patient.services.client("sns").get_paginator("list_subscriptions_by_topic")
    subscriptions = [one for page in pages.paginate(TopicArn=topic) for one in page["Subscriptions"]]
    confirmed = [one for one in subscriptions if one["SubscriptionArn"].startswith("arn:")]
    waiting = [one for one in subscriptions if one["SubscriptionArn"] == "PendingConfirmation"]
    if confirmed:
        shown = [_shown(one) for one in confirmed]
        text = t("The deployment's own alarms go to {addresses}.", addresses=", ".join(shown))
        yield Finding(Section.ALARMS, "alarms.read", Level.OK, text, facts={"addresses": shown})
        return
    if waiting:
        shown = [_shown(one) for one in waiting]
        text = t(
            "Nobody gets the deployment's own alarms: {addresses} has not confirmed yet.",
            addresses=", ".join(shown),
        )
        todo = t("Have the link in AWS's mail “Subscription Confirmation” opened.")
        yield Finding(Section.ALARMS, "alarms.unconfirmed", Level.WARNING, text, todo, {"addresses": shown})
        return
    text = t("Nobody gets the deployment's own alarms (an export not read, messages given up).")
    todo = t("Deploy with AlarmEmail=ADDRESS, or subscribe to the topic in the output AlarmsTopicArn.")
    yield Finding(Section.ALARMS, "alarms.nobody", Level.WARNING, text, todo)


def look_at_stack(stack: Stack) -> Iterator[Finding]:
    """Yields the stack's status."""
    if not stack.name:
        text = t("No stack was named, so none was looked at.")
        yield Finding(_STACK, "stack.not_named", Level.NOTE, text)
        return
    status = str(stack.described.get("StackStatus", ""))
    facts = {"stack": stack.name, "status": status}
    if status in GOOD:
        text = t("Stack {stack} is whole ({status}).", stack=stack.name, status=status)
        yield Finding(_STACK, "stack.whole", Level.OK, text, facts=facts)
    elif status == "UPDATE_ROLLBACK_COMPLETE":
        text = t(
            "Stack {stack} works, but its last update was rolled back ({status}).",
            stack=stack.name,
            status=status,
        )
        todo = t("Look in the stack's events why, then deploy again.")
        yield Finding(_STACK, "stack.rolled_back", Level.WARNING, text, todo, facts)
    elif status.endswith("_IN_PROGRESS"):
        text = t(
            "Stack {stack} is being changed now ({status}): what is seen may be half old.",
            stack=stack.name,
            status=status,
        )
        yield Finding(
            _STACK,
            "stack.in_progress",
            Level.WARNING,
            text,
            t("Repeat when the deployment has ended."),
            facts,
        )
    else:
        text = t("Stack {stack} is broken ({status}).", stack=stack.name, status=status)
        todo = t("Look in the stack's events why, mend that, then deploy again.")
        yield Finding(_STACK, "stack.broken", Level.PROBLEM, text, todo, facts)


def look_at_dead_letters(patient: Patient, stack: Stack) -> Iterator[Finding]:
    """Yields how much the functions gave up. One GetQueueAttributes per queue of dead letters."""
    if not stack.name:
        return
    count = 0
    for one in stack.resources:
        if one["LogicalResourceId"] in DEAD:
            answer = patient.services.client("sqs").get_queue_attributes(
                QueueUrl=one["PhysicalResourceId"],
                AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
            )
            count += sum(map(int, answer["Attributes"].values()))
    if count:
        text = n(
            "{number} message failed too often and waits to be put down to its order.",
            "{number} messages failed too often and wait to be put down to their orders.",
            count,
        )
        todo = t("docs/runbook.md says what dead letters mean; look for the error in the functions' logs.")
        yield Finding(_STACK, "stack.dead_letters", Level.WARNING, text, todo, {"messages": count})
        return
    yield Finding(
        _STACK, "stack.no_dead_letters", Level.OK, t("No message was given up."), facts={"messages": 0}
    )


def look_at_schedules(patient: Patient, stack: Stack) -> Iterator[Finding]:
    """Yields whether the functions are woken. One GetSchedule per schedule."""
    if not stack.name:
        return
    scheduler, off, on = patient.services.client("scheduler"), [], 0
    for one in stack.resources:
        if one["ResourceType"] == SCHEDULE:
            name = one["PhysicalResourceId"].rpartition("/")[2].rpartition("|")[2]
            if scheduler.get_schedule(Name=name)["State"] == "ENABLED":
                on += 1
            else:
                off.append(one["LogicalResourceId"])
    facts = {"on": on, "off": off}
    if off:
        text = n(
            "{number} schedule is switched off: {names}.",
            "{number} schedules are switched off: {names}.",
            len(off),
            names=", ".join(off),
        )
        todo = t("Switch it on in the EventBridge Scheduler, or deploy again.")
        yield Finding(_STACK, "stack.schedules_off", Level.PROBLEM, text, todo, facts)
    elif on:
        text = n("{number} schedule is on.", "All {number} schedules are on.", on)
        yield Finding(_STACK, "stack.schedules_on", Level.OK, text, facts=facts)
    else:
        text = t("The stack has no schedules: is it the right stack?")
        yield Finding(_STACK, "stack.no_schedules", Level.WARNING, text, text, facts)


def look_at_limits(patient: Patient, stack: Stack) -> Iterator[Finding]:
    """Yields whether the account lets the functions run. One GetAccountSettings; none for a local stack."""
    if not stack.name or patient.services.local:
        return
    limit = patient.services.client("lambda").get_account_settings()["AccountLimit"]
    free = int(limit["UnreservedConcurrentExecutions"])
    facts = {"concurrent_executions": free}
    if free >= MIN_AT_ONCE:
        text = t("The account allows {number} functions at once.", number=free)
        yield Finding(_STACK, "stack.limits", Level.OK, text, facts=facts)
        return
    text = t("The account allows only {number} functions at once: they will be throttled.", number=free)
    todo = t("Run make limits: it says what to ask AWS for.")
    yield Finding(_STACK, "stack.limits_low", Level.WARNING, text, todo, facts)


def _shown(subscription: dict[str, Any]) -> str:
    """A mail address masked; of another subscriber its protocol alone: its address may be a secret."""
    if subscription["Protocol"].startswith("email"):
        return masked(str(subscription["Endpoint"]))
    return str(subscription["Protocol"])
