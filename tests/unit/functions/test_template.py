"""The functions and template.yaml belong together: environment, metrics and alarms, events."""

from __future__ import annotations

import ast
import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from local.sam import events
from local.sam.cases import CASES
from orderbridge import bootstrap
from orderbridge.domain import attempts
from orderbridge.domain.codes import CODES
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import ShopStatus
from orderbridge.flows.api.answers import error_body
from orderbridge.flows.common.export_reading import BULK_CHANGE
from orderbridge.flows.fetch_changes import MAX_ROUNDS
from orderbridge.messages import Waiting
from orderbridge.texts import Language
from tests.texts import said
from tests.unit.functions import template
from tests.unit.functions.function_harness import (
    ORDER,
    WEBHOOK_SECRET,
    asked_now,
    load,
    new_order_is_to_be_written,
    new_order_opens,
    parcel_is_overdue,
    park,
    stop,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.unit.functions.function_harness import FunctionHarness, NewHarness

FUNCTIONS = sorted(template.functions())
MAX_MODULE = 100
QUEUE_OF = {
    "request_fetch": "FETCH_QUEUE_URL",
    "request_returns": "RETURNS_QUEUE_URL",
    "send_shop_updates": "CHANGES_QUEUE_URL",
    "send_listing_updates": "CHANGES_QUEUE_URL",
    "request_rechecks": "CHANGES_QUEUE_URL",
    "request_lists": "LISTS_QUEUE_URL",
    "request_alarms": "ALARMS_QUEUE_URL",
}


VISIBILITY_OF = {
    "steps_visibility": "STEPS_QUEUE_URL",
    "shop_steps_visibility": "SHOP_STEPS_QUEUE_URL",
    "lists_visibility": "LISTS_QUEUE_URL",
}


MEASURED = ("CHANGES_QUEUE_URL", "STEPS_QUEUE_URL", "SHOP_STEPS_QUEUE_URL")
"""The queues whose length is asked for."""


def _order_is_handled(made: FunctionHarness) -> None:
    made.product.mall.hold(ORDER)
    made.product.clerk(ORDER, ShopStatus.HANDLED)


def _many_orders_are_handled(made: FunctionHarness) -> None:
    _order_is_handled(made)
    for number in range(1, BULK_CHANGE + 1):
        made.product.clerk(number, ShopStatus.HANDLED)


def _order_is_to_be_read(made: FunctionHarness) -> None:
    _order_is_handled(made)
    made.product.fetch()
    made.product.map_all()
    made.product.clock.advance(seconds=600)


def _new_order_comes_in(made: FunctionHarness) -> None:
    new_order_opens(made.product)
    new_order_is_to_be_written(made.product)
    made.product.clock.advance(seconds=600)


def _shop_is_stopped(made: FunctionHarness) -> None:
    _order_is_to_be_read(made)
    stop(made.product)


def _webhook_is_there(made: FunctionHarness) -> None:
    made.product.webhooks.put("demo", sha256(WEBHOOK_SECRET.encode()).hexdigest())


SCENES: dict[str, Callable[[FunctionHarness], None]] = {
    "fetch_changes": _many_orders_are_handled,
    "flag_returns": lambda made: parcel_is_overdue(made.product),
    "map_state": lambda made: new_order_opens(made.product),
    "operate": lambda made: park(made.product),
    "push_to_mall": _order_is_to_be_read,
    "push_to_shop": _new_order_comes_in,
    "read_lists": _new_order_comes_in,
    "receive_webhook": _webhook_is_there,
    "retry_transitions": _shop_is_stopped,
    "send_alarms": lambda made: park(made.product),
}
"""What happened before each function's events."""


def play_all(made: FunctionHarness, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Plays every event of the function in a deployment where all kinds of things happened.

    Returns the names under which the template gives it the queues that it sent to, or gave messages back to.
    """
    product = made.product
    if made.function in SCENES:
        SCENES[made.function](made)
    queues = set()
    for method, address in QUEUE_OF.items():
        monkeypatch.setattr(product.queues, method, lambda *_, address=address, **_how: queues.add(address))

    def send_step(_: object, *, in_shop: bool = False) -> None:
        queues.add("SHOP_STEPS_QUEUE_URL" if in_shop else "STEPS_QUEUE_URL")

    def waiting() -> Waiting:
        queues.update(MEASURED)
        return Waiting(0, 0)

    monkeypatch.setattr(product.queues, "send_step", send_step)
    monkeypatch.setattr(product.queues, "waiting", waiting)
    if made.function in FIRST:
        FIRST[made.function](made)
    for name in events.names():
        if events.function_of(name) == made.function:
            made.play(name.partition(".")[2])
    return queues | {address for service, address in VISIBILITY_OF.items() if service in made.used}


def _gives_back(case: str) -> Callable[[FunctionHarness], None]:
    """A step whose message has to wait, because MALL does not answer."""

    def play(made: FunctionHarness) -> None:
        made.product.mall.fail_next(CallResult.SERVER_ERROR)
        made.play(case)
        made.product.clock.advance(seconds=600)

    return play


def _hint_comes_right_after_a_reading(made: FunctionHarness) -> None:
    made.play("list", asked_now(made.product))
    made.product.clock.advance(seconds=1)
    made.play("list_hint", asked_now(made.product))
    made.product.clock.advance(seconds=600)


def _new_order_is_looked_at(made: FunctionHarness) -> None:
    """Until its step goes out; and for so long that it counts as missing in the shop."""
    made.play("listing_update")
    made.product.clock.advance(seconds=3600)
    made.play("not_in_export")
    made.product.clock.advance(seconds=24 * 3600)
    made.play("not_in_export")


FIRST: dict[str, Callable[[FunctionHarness], None]] = {
    "map_state": _new_order_is_looked_at,
    "push_to_mall": _gives_back("read"),
    "push_to_shop": _gives_back("create"),
    "read_lists": _hint_comes_right_after_a_reading,
}
"""What each function does before its events are played one after the other."""


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_a_function_uses_can_be_made_in_the_environment_of_the_template(
    new_harness: NewHarness, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_harness(function)
    queues = play_all(made, monkeypatch)
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
    }.items():
        monkeypatch.setenv(name, value)
    real = bootstrap.Services()
    assert made.used
    for name in made.used:
        assert getattr(real, name) is not None
    assert queues == {
        name for name in template.environment(function, made.stack) if name.endswith("_QUEUE_URL")
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_call_to_aws_ends_before_the_function_does(
    new_harness: NewHarness, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_harness(function)
    play_all(made, monkeypatch)
    asked: dict[str, Any] = {}
    monkeypatch.setattr("boto3.client", lambda name, *, config: asked.update({name: config}))
    real = bootstrap.Services()
    for name in made.used:
        getattr(real, name)
    assert asked
    properties = template.functions()[function]
    timeout = properties.get("Timeout", template.read()["Globals"]["Function"]["Timeout"])
    for name, config in asked.items():
        attempts_made = config.retries["total_max_attempts"]
        waits = sum(2**number for number in range(attempts_made - 1))  # at most, in the standard mode
        worst = attempts_made * (config.connect_timeout + config.read_timeout) + waits
        assert worst < timeout, name


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_environment_of_the_template_has_nothing_that_no_code_reads(function: str) -> None:
    sources = "".join(
        path.read_text(encoding="utf-8") for path in (template.ROOT / "shared" / "orderbridge").rglob("*.py")
    )
    for name in template.environment(function, "any"):
        assert name.startswith("POWERTOOLS_") or f'"{name}"' in sources


def test_every_alarm_has_a_figure_under_its_name_namespace_and_dimension(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rename either side and the alarm stays silent for ever; so both are compared here."""
    published = set()
    for function in FUNCTIONS:
        made = new_harness(function)
        play_all(made, monkeypatch)
        for line in made.metrics():
            (directive,) = line["_aws"]["CloudWatchMetrics"]
            (dimensions,) = directive["Dimensions"]
            values = tuple((name, "STACK" if line[name] == made.stack else line[name]) for name in dimensions)
            published |= {(directive["Namespace"], metric["Name"], values) for metric in directive["Metrics"]}
    wanted = {
        (
            alarm["Namespace"],
            alarm["MetricName"],
            tuple(
                (one["Name"], "STACK" if one["Value"] == template.STACK else one["Value"])
                for one in alarm["Dimensions"]
            ),
        )
        for alarm in template.alarms("orderbridge")
    }
    assert len(wanted) >= 3
    assert wanted <= published


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_line_of_a_log_is_json_and_names_the_stack(
    new_harness: NewHarness, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_harness(function)
    play_all(made, monkeypatch)
    for line in made.lines():
        assert line["service"] == made.stack


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_a_thin_door(function: str) -> None:
    path = template.ROOT / "functions" / function / "app.py"
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_MODULE
    imported = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    tops = {name.partition(".")[0] for name in imported}
    assert tops.isdisjoint({"boto3", "botocore", "requests", "urllib", "http.client", "os"})
    assert not any(name.startswith(("orderbridge.adapters", "orderbridge.domain")) for name in imported)
    # The function, its flow and its folder go by the same verb. What operate does is the whole of flows/api.
    flow = "orderbridge.flows.api" if function == "operate" else f"orderbridge.flows.{function}"
    assert any(name in {flow, "orderbridge.flows"} for name in imported)


def test_every_function_has_events_and_every_event_a_function() -> None:
    assert {events.function_of(name) for name in events.names()} == set(FUNCTIONS)
    folders = {path.parent.name for path in (template.ROOT / "functions").glob("*/app.py")}
    assert folders == set(FUNCTIONS)


def test_every_event_is_tried_with_sam_local() -> None:
    assert {case.event for case in CASES} == set(events.names())


def test_a_placeholder_without_a_value_is_an_error_that_names_the_file() -> None:
    with pytest.raises(KeyError, match=r"authorize\.right_token\.json: no value for \{\{operator_token\}\}"):
        events.load("authorize.right_token")


def test_the_schedules_send_what_the_files_say() -> None:
    said = {
        (function, source["Properties"]["Input"])
        for function, properties in template.functions().items()
        for source in properties.get("Events", {}).values()
        if source["Type"] == "ScheduleV2"
    }
    files = {
        (events.function_of(name), json.dumps(event))
        for name in events.names()
        if "trigger" in (event := load(name))
    }
    assert said == files
    assert len(said) == 6


def test_no_message_is_handed_out_again_while_its_first_reader_may_be_at_work() -> None:
    """AWS: the visibility timeout is at least six times the timeout of the function."""
    checked = 0
    for function, properties in template.functions().items():
        timeout = properties.get("Timeout", template.read()["Globals"]["Function"]["Timeout"])
        for source in properties.get("Events", {}).values():
            if source["Type"] == "SQS":
                queue = source["Properties"]["Queue"]["Fn::GetAtt"].removesuffix(".Arn")
                visibility = template.read()["Resources"][queue]["Properties"]["VisibilityTimeout"]
                assert visibility >= 6 * timeout, (function, queue)
                checked += 1
    assert checked == 9


def test_no_queue_takes_all_that_the_account_can_run_at_once() -> None:
    """Nor those of what is dead: after a deployment that fails at everything there is much of it."""
    for function, properties in template.functions().items():
        for name, source in properties.get("Events", {}).items():
            if source["Type"] == "SQS":
                limit = source["Properties"]["ScalingConfig"]["MaximumConcurrency"]
                if "Ref" in str(limit):
                    limit = template.read()["Parameters"][limit["Ref"]]["Default"]
                limits = limit["Fn::If"][1:] if isinstance(limit, dict) else [limit]
                assert all(2 <= one <= 50 for one in limits), (function, name)


def test_a_tick_that_fails_is_seen() -> None:
    """Scheduler's own dead letters know nothing of what happens after Lambda took the event."""
    queue = {"Fn::GetAtt": "DeadRequestsQueue.Arn"}
    woken = 0
    for function, properties in template.functions().items():
        ticks = [one for one in properties.get("Events", {}).values() if one["Type"] == "ScheduleV2"]
        if ticks:
            failed = properties["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
            assert failed == {"Type": "SQS", "Destination": queue}, function
            role = template.of_type("AWS::IAM::Role")[properties["Role"]["Fn::GetAtt"].removesuffix(".Arn")]
            statements = role["Policies"][0]["PolicyDocument"]["Statement"]
            assert {"Action": ["sqs:SendMessage"], "Resource": queue} in [
                {key: one[key] for key in ("Action", "Resource")} for one in statements
            ], function
            woken += 1
        assert all(one["Properties"]["DeadLetterConfig"] == {"Arn": queue} for one in ticks), function
    assert woken == 5


def test_a_refusal_of_the_gateway_looks_like_one_of_ours() -> None:
    (api,) = template.of_type("AWS::Serverless::Api").values()
    for name, response in api["GatewayResponses"].items():
        (body,) = response["ResponseTemplates"].values()
        reason = because(CODES[json.loads(body)["error"]["code"]])
        texts = {language.value: said(reason, language) for language in Language}
        expected = error_body(reason, Language.CZECH)
        expected["error"]["texts"] = texts
        assert json.loads(body) == expected, name
        assert body.isascii(), "CloudFormation spoils other letters"
        assert not {"$", "#"} & {*body}, "API Gateway takes it for a template"


def test_a_message_that_is_given_back_takes_no_other_along() -> None:
    """The later ones of its group and batch would stay hidden for the whole visibility."""
    checked = set()
    for properties in template.functions().values():
        sources = [one["Properties"] for one in properties.get("Events", {}).values() if one["Type"] == "SQS"]
        variables = properties.get("Environment", {}).get("Variables", {})
        for source in sources:
            queue = {"Ref": source["Queue"]["Fn::GetAtt"].removesuffix(".Arn")}
            if queue in [variables.get(name) for name in VISIBILITY_OF.values()]:
                assert source["BatchSize"] == 1, queue
                checked.add(queue["Ref"])
    assert checked == {"StepsQueue", "ShopStepsQueue", "ListsQueue"}


def test_a_fifo_queue_is_named_so_and_its_dead_letters_are_in_one_too() -> None:
    for name, queue in template.of_type("AWS::SQS::Queue").items():
        fifo = json.dumps(queue["QueueName"]).endswith('.fifo"}')
        assert queue.get("FifoQueue", False) is fifo, name
        assert not queue.get("ContentBasedDeduplication", False), name
        redrive = queue.get("RedrivePolicy")
        if redrive is not None:
            dead = redrive["deadLetterTargetArn"]["Fn::GetAtt"].removesuffix(".Arn")
            dead_queue = template.of_type("AWS::SQS::Queue")[dead]
            assert dead_queue.get("FifoQueue", False) is fifo, name


def test_the_runbook_knows_every_alarm_and_no_other() -> None:
    text = (template.ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    table = text.partition("| alarm | it means |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines()[2:]]
    named = [name.strip("` ") for row in rows for name in row.split(",")]
    assert sorted(named) == sorted(
        alarm["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values()
    )


ALARM_OF = {
    "FetchQueue": "no-fetch",
    "ReturnsQueue": "dead-letters",
    "FlagReturnsFunction": "dead-letters",
    "RetryTransitionsFunction": "no-fetch",
    "OperateFunction": "api-5xx",
    "AuthorizeFunction": "api-5xx",
    "ReceiveWebhookFunction": "api-5xx",
}
"""Which alarm tells of a queue or function that has none of its own."""


def test_no_queue_and_no_function_is_without_an_alarm() -> None:
    alarms = template.of_type("AWS::CloudWatch::Alarm").values()
    names = {alarm["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-") for alarm in alarms}
    watched = {(alarm["MetricName"], json.dumps(alarm["Dimensions"][0]["Value"])) for alarm in alarms}
    covered = set()
    for name in template.of_type("AWS::SQS::Queue"):
        dead = "ApproximateNumberOfMessagesVisible"
        metric = dead if name.startswith("Dead") else "ApproximateAgeOfOldestMessage"
        if (metric, json.dumps({"Fn::GetAtt": f"{name}.QueueName"})) not in watched:
            covered.add(name)
    for name in template.of_type("AWS::Serverless::Function"):
        if ("Errors", json.dumps({"Ref": name})) not in watched:
            covered.add(name)
    assert covered == ALARM_OF.keys()
    assert set(ALARM_OF.values()) <= names


def test_whatever_dies_has_a_reader() -> None:
    read = {
        source["Properties"]["Queue"]["Fn::GetAtt"]
        for properties in template.functions().values()
        for source in properties.get("Events", {}).values()
        if source["Type"] == "SQS"
    }
    queues = template.of_type("AWS::SQS::Queue")
    assert {f"{name}.Arn" for name in queues} == read


def test_who_lets_operators_in_reads_operators_and_nothing_else() -> None:
    """The local stack does not tell its IAM which keys a request touches, so this is read, not tried."""
    (policy,) = template.of_type("AWS::IAM::Role")["AuthorizeRole"]["Policies"]
    _, statement = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["dynamodb:GetItem"]
    assert statement["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["OPERATORS"]}}


def test_one_policy_keeps_every_queue_from_plain_connections() -> None:
    (policy,) = template.of_type("AWS::SQS::QueuePolicy").values()
    assert {one["Ref"] for one in policy["Queues"]} == template.of_type("AWS::SQS::Queue").keys()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Deny", "sqs:*", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_message_that_keeps_failing_is_seen_before_it_expires() -> None:
    for name, queue in template.of_type("AWS::SQS::Queue").items():
        redrive = queue.get("RedrivePolicy")
        if redrive is not None:
            longest = redrive["maxReceiveCount"] * queue["VisibilityTimeout"]
            assert queue["MessageRetentionPeriod"] > longest, name


def test_a_writer_into_the_shop_is_gone_before_its_claim_ends() -> None:
    timeout = template.functions()["push_to_shop"]["Timeout"]
    assert attempts.SHOP_LEASE.total_seconds() > timeout


def test_the_webhook_alone_needs_no_token_and_nothing_writes_its_path_down() -> None:
    open_doors = {
        source["Properties"]["Path"]
        for properties in template.functions().values()
        for source in properties.get("Events", {}).values()
        if source["Type"] == "Api" and source["Properties"].get("Auth", {}).get("Authorizer") == "NONE"
    }
    path = load("receive_webhook.hint")["resource"]
    assert open_doors == {path}
    (api,) = template.of_type("AWS::Serverless::Api").values()
    assert api["Auth"]["DefaultAuthorizer"]
    assert api.keys().isdisjoint({"AccessLogSetting", "TracingEnabled"})
    settings = {one["ResourcePath"]: one for one in api["MethodSettings"]}
    assert settings.keys() == {"/*", "/" + path.replace("/", "~1")}
    for one in settings.values():
        assert (one["LoggingLevel"], one["DataTraceEnabled"]) == ("OFF", False)


def test_a_domain_name_of_ones_own_stays_when_the_api_is_another_one() -> None:
    (domain,) = template.of_type("AWS::ApiGateway::DomainName").values()
    (mapping,) = template.of_type("AWS::ApiGateway::BasePathMapping").values()
    assert domain["DomainName"] == {"Ref": "ApiDomainName"}
    assert domain["SecurityPolicy"] == "TLS_1_2"
    assert "BasePath" not in mapping, "the functions see the same paths under either name"
    url = template.read()["Outputs"]["ApiUrl"]["Value"]["Fn::If"]
    assert url[:2] == ["HasDomain", {"Fn::Sub": "https://${ApiDomainName}"}]
    (rule,) = template.read()["Rules"].values()
    assert "ApiCertificateArn" in rule["Assertions"][0]["AssertDescription"]


def test_no_method_of_the_api_has_figures_of_its_own_which_cost_and_nobody_reads() -> None:
    (api,) = template.of_type("AWS::Serverless::Api").values()
    assert not any(one.get("MetricsEnabled", False) for one in api["MethodSettings"])


def test_functions_that_wake_each_other_in_turn_are_not_stopped_for_it() -> None:
    """Lambda ends a chain of about 16 rounds through SQS, and an order's life can have more."""
    sends, readers = {}, {}
    for function, properties in template.functions().items():
        variables = properties.get("Environment", {}).get("Variables", {})
        sends[function] = {value["Ref"] for name, value in variables.items() if name.endswith("_QUEUE_URL")}
        for source in properties.get("Events", {}).values():
            if source["Type"] == "SQS":
                queue = source["Properties"]["Queue"]["Fn::GetAtt"].removesuffix(".Arn")
                readers[queue] = function
    wakes = {
        function: {readers[queue] for queue in queues} - {function} for function, queues in sends.items()
    }

    def reaches(start: str) -> set[str]:
        found: set[str] = set()
        todo = {*wakes[start]}
        while todo:
            one = todo.pop()
            found.add(one)
            todo |= wakes[one] - found
        return found

    in_turn = {function for function in wakes if function in reaches(function)}
    assert in_turn == {"map_state", "push_to_mall", "push_to_shop"}
    allowed = {
        function
        for function, properties in template.functions().items()
        if properties.get("RecursiveLoop") == "Allow"
    }
    # fetch_changes wakes itself alone, see below
    assert allowed == in_turn | {"fetch_changes"}


def test_an_existing_table_takes_the_place_of_the_stacks_own_everywhere() -> None:
    """One reference that was forgotten would have some function write into a table that nobody reads."""
    resources = template.read()["Resources"]
    assert resources["OrdersTable"]["Condition"] == "OwnTable"
    name = {"Fn::If": ["OwnTable", {"Ref": "OrdersTable"}, {"Ref": "ExistingTable"}]}
    others = {key: value for key, value in resources.items() if key not in {"OrdersTable", "TableArn"}}
    names = [one for one in _within(others) if one == name]
    users = [own for own in template.functions().values() if "TABLE_NAME" in str(own.get("Environment"))]
    assert len(names) == len(users) > 0
    told = str(template.read()["Outputs"]) + str(others)
    assert told.count("OrdersTable") == len(names) + 1
    assert template.read()["Outputs"]["TableName"]["Value"] == name


def _within(value: Any) -> Iterator[Any]:  # noqa: ANN401
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _within(one)


def test_a_fetch_that_asks_for_itself_is_not_ended_by_lambda() -> None:
    """Its own bound ends it."""
    assert template.functions()["fetch_changes"]["RecursiveLoop"] == "Allow"
    assert MAX_ROUNDS < 100


def test_functions_know_whether_the_stack_is_local() -> None:
    """On AWS, and wherever nothing is said, they ask nobody but https hosts of the public internet."""
    for function in template.functions():
        assert template.environment(function, "any")["REQUIRE_TLS"] == "true"
