"""The template's own promises: queues, time-outs, alarms, policies, the API."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from local.sam import events
from orderbridge.domain import attempts
from orderbridge.domain.codes import CODES
from orderbridge.domain.reasons import because
from orderbridge.flows.api.problems import PROBLEM_JSON, Problem
from orderbridge.flows.api.request import MAX_BODY
from orderbridge.flows.fetch_changes import MAX_ROUNDS
from orderbridge.texts import Language
from tests.texts import said
from tests.unit.functions import template
from tests.unit.functions.function_harness import (
    load,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

from tests.unit.functions.played import VISIBILITY_OF


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
    checked = 0
    for function, properties in template.functions().items():
        for name, source in properties.get("Events", {}).items():
            if source["Type"] == "SQS":
                checked += 1
                limit = source["Properties"]["ScalingConfig"]["MaximumConcurrency"]
                if "Ref" in str(limit):
                    limit = template.read()["Parameters"][limit["Ref"]]["Default"]
                limits = limit["Fn::If"][1:] if isinstance(limit, dict) else [limit]
                assert all(2 <= one <= 50 for one in limits), (function, name)
    assert checked >= 7


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
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= api["GatewayResponses"].keys()
    for name, response in api["GatewayResponses"].items():
        (body,) = response["ResponseTemplates"].values()
        code = CODES[json.loads(body)["code"]]
        reason = because(code, **dict.fromkeys(code.facts, MAX_BODY))
        expected = Problem(HTTPStatus(response["StatusCode"]), reason).body(Language.CZECH)
        texts = {language.value: said(reason, language) for language in Language}
        assert json.loads(body) == {**expected, "details": texts}, name
        assert response["ResponseParameters"]["Headers"] == {"Content-Type": f"'{PROBLEM_JSON}'"}
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
    "ConsoleFunction": "api-5xx",
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
    checked = 0
    for name, queue in template.of_type("AWS::SQS::Queue").items():
        redrive = queue.get("RedrivePolicy")
        if redrive is not None:
            checked += 1
            longest = redrive["maxReceiveCount"] * queue["VisibilityTimeout"]
            assert queue["MessageRetentionPeriod"] > longest, name
    assert checked >= 7


def test_a_writer_into_the_shop_is_gone_before_its_claim_ends() -> None:
    timeout = template.functions()["push_to_shop"]["Timeout"]
    assert attempts.SHOP_LEASE.total_seconds() > timeout


def test_webhook_and_console_alone_need_no_token_and_nothing_writes_a_path_down() -> None:
    open_doors = {
        source["Properties"]["Path"]
        for properties in template.functions().values()
        for source in properties.get("Events", {}).values()
        if source["Type"] == "Api" and source["Properties"].get("Auth", {}).get("Authorizer") == "NONE"
    }
    path = load("receive_webhook.hint")["resource"]
    assert open_doors == {path, "/console", "/console/{page+}"}
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
