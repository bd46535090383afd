"""What an HTTP answer of MALL counts as: the table in ``adapters/mall/answers.py``, line by line."""

from __future__ import annotations

import json

import pytest

from orderbridge.domain.answers import MarketplaceAnswer
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.facts import ShopText
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.views import MarketplaceView
from tests.reasons import words_of
from tests.texts import said
from tests.unit.mall.judging import OK, ORDER, error, judged, read, received

BY_CODE = {
    400: CallResult.BAD_REQUEST,
    401: CallResult.UNAUTHORIZED,
    403: CallResult.FORBIDDEN,
    404: CallResult.NOT_FOUND,
    408: CallResult.TIMEOUT,
    409: CallResult.CONFLICT,
    422: CallResult.UNPROCESSABLE,
    429: CallResult.LIMITED,
}


def expected(code: int) -> CallResult:
    return CallResult.SERVER_ERROR if 500 <= code <= 599 else BY_CODE.get(code, CallResult.UNEXPECTED)


# --- HTTP status ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize(
    "body", [b"", error(500), error(200, "OK"), {"result": OK, "data": {"id": ORDER, "status": "open"}}]
)
def test_an_http_status_that_is_no_success_decides(body: object, call: Call) -> None:
    for status in (*range(100, 200), *range(300, 620), 999):
        answer = judged(received(body, status), call)
        assert (answer.call_result, answer.http_status, answer.view) == (expected(status), status, None)


@pytest.mark.parametrize("cut", ["late", "lost", "too large"])
def test_an_error_status_is_certain_even_if_its_body_is_not_whole(cut: str) -> None:
    answer = judged(received(b'{"result', 401, cut))
    assert (answer.call_result, answer.reason) == (CallResult.UNAUTHORIZED, None)


@pytest.mark.parametrize("body", [b"<html>nginx</html>", b"{}", b"[]", b'{"error": "no route"}'])
def test_a_404_that_is_not_mall_s_is_about_the_address(body: bytes) -> None:
    answer = judged(received(body, 404))
    assert answer.call_result is CallResult.UNEXPECTED
    assert answer.reason == because(AnswerReason.WRONG_ADDRESS)


@pytest.mark.parametrize("body", [b"", error(404), {"errorCodes": [{"errorCode": "X"}]}])
def test_a_404_of_mall_s_is_about_the_order(body: object) -> None:
    assert judged(received(body, 404)).call_result is CallResult.NOT_FOUND


# --- a 2xx that is none ---------------------------------------------------------------------------------


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize("status", ["ERROR", "LIMITED", "OK", None])
@pytest.mark.parametrize("form", [int, str, float])
def test_in_a_2xx_the_result_code_decides(form: type, status: str | None, call: Call) -> None:
    for code in range(400, 600):
        assert judged(received(error(form(code), status)), call).call_result is expected(code), code


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize(
    ("result", "call_result"),
    [
        ({"status": "LIMITED"}, CallResult.LIMITED),
        ({"status": "limited", "code": 200}, CallResult.LIMITED),
        ({"status": "ERROR"}, CallResult.REJECTED),
        ({"status": "error", "code": "200"}, CallResult.REJECTED),
        ({"status": "ERROR", "code": 302}, CallResult.REJECTED),
        ({"status": "OK", "code": 302}, CallResult.UNEXPECTED),
        ({"status": "OK", "code": 0}, CallResult.UNEXPECTED),
        ({"status": "OK", "code": 700}, CallResult.UNEXPECTED),
    ],
)
def test_a_result_that_is_no_success_is_none(
    result: dict[str, object], call_result: CallResult, call: Call
) -> None:
    body = {"result": result, "data": {"id": ORDER, "status": "open"}}
    assert judged(received(body), call).call_result is call_result


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize("result", ["ERROR", "OK", 500, True, ["ERROR"], [OK, {"status": "ERROR"}]])
def test_a_result_of_another_form_says_nothing(result: object, call: Call) -> None:
    body = {"result": result, "data": {"id": ORDER, "status": "open"}}
    assert judged(received(body), call).call_result is CallResult.BROKEN_BODY


REASON = {"errorCode": "RESOURCE_NOT_FOUND", "message": "No such resource", "errorAttributes": []}


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize("result", [OK, {"code": 200}, {"status": "OK"}, {}, None])
@pytest.mark.parametrize(
    "codes",
    [
        [REASON],
        [REASON, REASON],
        REASON,
        {"0": REASON},
        {"errorCode": 7},
        ["RESOURCE_NOT_FOUND"],
        "E1",
        17,
        True,
    ],
)
def test_error_codes_are_believed_more_than_a_success(codes: object, result: object, call: Call) -> None:
    body = {"result": result, "errorCodes": codes, "data": {"id": ORDER, "status": "open"}}
    answer = judged(received(body), call)
    assert (answer.call_result, answer.view) == (CallResult.REJECTED, None)
    assert "[" in words_of(answer.reason)


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize("codes", [[], {}, None, "", [None], [{}], [[]], False, 0])
def test_no_error_codes_are_none(codes: object, call: Call) -> None:
    body = {"result": OK, "errorCodes": codes, "data": {"id": ORDER, "status": "open"}}
    assert judged(received(body), call).call_result is CallResult.OK


@pytest.mark.parametrize("call", Call)
def test_a_code_beside_error_codes_says_which_error_it_is(call: Call) -> None:
    for code in range(400, 600):
        answer = judged(received(error(code, "ERROR", errorCodes=[REASON])), call)
        assert answer.call_result is expected(code), code


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 422, 429])
def test_the_limit_is_known_by_its_word_whatever_refusal_it_comes_with(code: int, call: Call) -> None:
    answer = judged(received(error(code, "LIMITED"), code, headers={"Retry-After": "30"}), call)
    assert (answer.call_result, answer.retry_after) == (CallResult.LIMITED, 30)


@pytest.mark.parametrize("word", ["NOK", "FAILED", "WARNING", "SUCCESS"])
def test_an_unknown_word_makes_no_write_a_success(word: str) -> None:
    assert (
        judged(received({"result": {"code": 200, "status": word}}), Call.WRITE).call_result
        is CallResult.BROKEN_BODY
    )


@pytest.mark.parametrize("call", Call)
@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><title>Login</title>",
        b'{"result": {"code": 200, "status"',
        b"[1, 2]",
        b'"OK"',
        b"null",
        b"200",
        b"\xff\xfe\x00",
        b'{"result": {"code": 200}, "data": "\xe8"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"result": {"code": ' + b"9" * 5000 + b"}}",
    ],
)
def test_a_2xx_that_is_not_a_json_object_is_broken(body: bytes, call: Call) -> None:
    answer = judged(received(body), call)
    assert answer.call_result is CallResult.BROKEN_BODY
    assert answer.reason is not None
    assert "Login" not in said(answer.reason)


@pytest.mark.parametrize("body", [{}, {"result": {}}, {"result": []}, {"result": "OK"}, {"error": "?"}])
def test_a_write_is_a_success_only_if_mall_says_so(body: object) -> None:
    assert judged(received(body), Call.WRITE).call_result is CallResult.BROKEN_BODY


@pytest.mark.parametrize(
    ("cut", "call_result"),
    [
        ("late", CallResult.TIMEOUT),
        ("lost", CallResult.CONNECTION_LOST),
        ("too large", CallResult.BROKEN_BODY),
    ],
)
@pytest.mark.parametrize("call", Call)
def test_a_2xx_whose_body_is_not_whole_says_nothing(cut: str, call_result: CallResult, call: Call) -> None:
    whole = received({"result": OK, "data": {"id": ORDER, "status": "open"}}, cut=cut)
    assert judged(whole, call).call_result is call_result


@pytest.mark.parametrize("body", [b"", b" \r\n"])
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_2xx_without_a_body_is_empty(status: int, body: bytes) -> None:
    for call in Call:
        assert judged(received(body, status), call).call_result is CallResult.EMPTY_BODY


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        "",
        0,
        False,
        [[]],
        "open",
        200,
        1.5,
        ORDER,
        str(ORDER),
        [None],
        [{}],
        [ORDER],
        ["open"],
        [[{}]],
    ],
)
def test_a_read_without_the_order_is_empty(data: object) -> None:
    assert read(data).call_result is CallResult.EMPTY_BODY
    assert judged(received({"result": OK})).call_result is CallResult.EMPTY_BODY


# --- success --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "result", [OK, {"code": "200", "status": "ok"}, {"code": 200}, {"status": "OK"}, {"code": 201, "x": 1}]
)
def test_a_write_that_is_accepted(result: dict[str, object]) -> None:
    answer = judged(received({"result": result}), Call.WRITE)
    assert answer == MarketplaceAnswer(CallResult.OK, http_status=200)


@pytest.mark.parametrize("status", MarketplaceStatus)
def test_every_status_is_read(status: MarketplaceStatus) -> None:
    for name in (status.value, status.value.upper(), f" {status.value} "):
        answer = read({"id": ORDER, "status": name})
        assert answer.call_result is CallResult.OK
        assert answer.view == MarketplaceView(status, confirmed=False)


@pytest.mark.parametrize("status", ["sent", "canceled"])
def test_an_unknown_status_is_named(status: str) -> None:
    answer = read({"id": ORDER, "status": status})
    assert (answer.call_result, answer.view) == (CallResult.BROKEN_BODY, None)
    assert answer.reason == because(AnswerReason.UNKNOWN_STATUS, status=ShopText(status))


@pytest.mark.parametrize("data", [{"id": ORDER}, {"id": ORDER, "status": ""}, {"id": ORDER, "status": None}])
def test_a_missing_status_is_never_guessed(data: object) -> None:
    answer = read(data)
    no_status = because(AnswerReason.NO_STATUS)
    assert (answer.call_result, answer.reason) == (CallResult.BROKEN_BODY, no_status)


@pytest.mark.parametrize(
    "number",
    [ORDER + 1, str(ORDER + 1), -ORDER, float(ORDER), "x", f"{ORDER}x", True, [ORDER], {"id": ORDER}],
)
def test_another_order_s_answer_is_not_taken(number: object) -> None:
    for data in ({"id": number, "status": "open"}, [{"id": number, "status": "open"}]):
        answer = read(data)
        assert (answer.call_result, answer.view) == (CallResult.BROKEN_BODY, None)


@pytest.mark.parametrize("numbers", [({}, {}), ({}, {"id": ORDER + 1}), ({"id": None}, {"id": ""})])
def test_of_several_objects_none_is_guessed(numbers: tuple[dict[str, object], ...]) -> None:
    answer = read([{**number, "status": "open"} for number in numbers])
    assert answer.call_result in {CallResult.EMPTY_BODY, CallResult.BROKEN_BODY}
    assert answer.view is None


def test_the_order_may_come_in_a_list() -> None:
    other = {"id": 5, "status": "lost"}
    assert read([{"id": ORDER, "status": "open"}]).call_result is CallResult.OK
    found = read([other, {"id": str(ORDER), "status": "shipped"}]).view
    assert found is not None
    assert found.status is MarketplaceStatus.SHIPPED
    assert read([other]).call_result is CallResult.BROKEN_BODY


def test_a_byte_order_mark_is_no_trouble() -> None:
    body = b"\xef\xbb\xbf" + json.dumps({"result": OK}).encode()
    assert judged(received(body), Call.WRITE).call_result is CallResult.OK
