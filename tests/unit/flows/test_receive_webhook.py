"""The one door without a token: who knows the address may name orders, and nobody learns anything else."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.codes.api import RequestedReason, RequestReason, SettingsReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.errors import SecretsProblemError
from orderbridge.flows import receive_webhook as flow
from orderbridge.flows.receive_webhook import (
    MAX_BODY,
    MAX_HINTS,
    MAX_NUMBER,
    WebhookAnswer,
    receive_webhook,
)
from orderbridge.messages import ListRequest
from orderbridge.texts import Language
from tests.fakes import NOON
from tests.texts import said
from tests.unit.flows.in_memory_product import InMemoryProduct

if TYPE_CHECKING:
    from collections.abc import Callable

TURNED_AWAY = WebhookAnswer(HTTPStatus.NOT_FOUND, because(RequestReason.NOTHING_HERE))
SHOP, SECRET = "demo", "an-invented-secret-of-a-webhook"


@dataclass
class Door:
    product: InMemoryProduct = field(default_factory=InMemoryProduct)

    def __post_init__(self) -> None:
        self.clock, self.queues, self.webhooks = (
            self.product.clock,
            self.product.queues,
            self.product.webhooks,
        )
        self.webhooks.put(SHOP, sha256(SECRET.encode()).hexdigest())

    def knock(
        self, body: bytes | object = (4_700_000_001,), shop: str = SHOP, secret: str = SECRET
    ) -> WebhookAnswer:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return receive_webhook(self.product, shop, secret, content)


@pytest.fixture
def door() -> Door:
    return Door()


def test_a_hint_becomes_one_message(door: Door) -> None:
    answer = door.knock([4_700_000_002, 4_700_000_001, 4_700_000_002])
    assert (answer.status, answer.reason.code) == (200, RequestedReason.HINT)
    assert door.queues.take_lists() == [
        ListRequest(shop=SHOP, what="unconfirmed", requested_at=NOON, hints=(4_700_000_002, 4_700_000_001))
    ]


def test_a_hint_that_names_nothing_is_fine_and_queues_nothing(door: Door) -> None:
    assert door.knock([]).status == 200
    assert door.queues.take_lists() == []


STRANGERS: dict[str, Callable[[Door], WebhookAnswer]] = {
    "a wrong secret": lambda door: door.knock(secret="another"),
    "no secret": lambda door: door.knock(secret=""),
    "the digest for a secret": lambda door: door.knock(secret=door.webhooks.stored[SHOP]),
    "a secret that is no text": lambda door: door.knock(secret="\ud800"),
    "an unknown shop": lambda door: door.knock(shop="nobody"),
    "no shop": lambda door: door.knock(shop="", secret=""),
    "a wrong secret with a bad body": lambda door: door.knock(b"x" * (MAX_BODY + 1), secret="another"),
    "an unknown shop with nothing": lambda door: door.knock(b"", shop="nobody"),
}


@pytest.mark.parametrize("unknown_caller", STRANGERS.values(), ids=list(STRANGERS))
def test_every_unknown_caller_gets_the_same_answer(
    door: Door, unknown_caller: Callable[[Door], WebhookAnswer]
) -> None:
    assert unknown_caller(door) == TURNED_AWAY
    assert door.queues.take_lists() == []


def test_a_shop_whose_secret_was_never_set_lets_nobody_in(door: Door) -> None:
    door.webhooks.remove(SHOP)
    for secret in ("", SECRET, "0" * 64):
        assert door.knock(secret=secret) == TURNED_AWAY


def test_what_an_unknown_shop_is_compared_with_opens_nothing(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "NO_DIGEST", sha256(b"found by chance").hexdigest())
    assert door.knock(shop="nobody", secret="found by chance").status == 404


@pytest.mark.parametrize(("shop", "secret"), [(SHOP, SECRET), (SHOP, "x"), ("nobody", SECRET), ("", "")])
def test_everybody_costs_one_comparison_in_constant_time(
    door: Door, monkeypatch: pytest.MonkeyPatch, shop: str, secret: str
) -> None:
    lengths = []
    compare = hmac.compare_digest

    def spied(known: bytes, offered: bytes) -> bool:
        lengths.append((len(known), len(offered)))
        return compare(known, offered)

    monkeypatch.setattr(hmac, "compare_digest", spied)
    door.knock(shop=shop, secret=secret)
    assert lengths == [(64, 64)]
    assert door.webhooks.reads == 1


def test_a_broken_digest_lets_nobody_in_and_only_the_log_learns_why(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_shop: str) -> str:
        parameter = Term("/stack/webhooks/demo")
        raise SecretsProblemError(because(SettingsReason.WEBHOOK_NOT_USABLE, parameter=parameter))

    monkeypatch.setattr(door.webhooks, "digest_of", broken)
    answer = door.knock()
    assert replace(answer, problem="") == TURNED_AWAY
    assert answer.problem == "settings.webhook_not_usable(parameter=/stack/webhooks/demo)"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"\xff\xfe\x00",
        b"[" * 10_000,
        b"[1" + b"," * 20 + b"2]",
        {"ids": [1]},
        "1",
        1,
        None,
        [0],
        [-1],
        [True],
        [False],
        [1.0],
        ["1"],
        [None],
        [[1]],
        [MAX_NUMBER + 1],
        [1] * (MAX_HINTS + 1),
        b"[1]" + b" " * MAX_BODY,
        b"[" + b"9" * 5_000 + b"]",
        b"[NaN]",
        b"[Infinity]",
    ],
)
def test_a_body_that_is_no_short_list_of_order_numbers_is_a_400(door: Door, body: bytes | object) -> None:
    answer = door.knock(body)
    assert answer.status == 400
    for language in Language:
        content = answer.body(language)
        assert content["detail"] == said(answer.reason, language)
        assert json.loads(json.dumps(content)) == content
    assert door.queues.take_lists() == []


def test_the_limits_themselves_are_allowed(door: Door) -> None:
    numbers = [*range(1, MAX_HINTS), MAX_NUMBER]
    body = json.dumps(numbers).encode()
    assert door.knock(body + b" " * (MAX_BODY - len(body))).status == 200
    (request,) = door.queues.take_lists()
    assert request.hints == tuple(numbers)


def test_a_queue_that_does_not_take_it_is_an_error_not_an_answer(door: Door) -> None:
    door.queues.fail_with = RuntimeError("not taken")
    with pytest.raises(RuntimeError):
        door.knock()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(body=JSON_VALUES)
def test_only_positive_whole_numbers_are_ever_queued(body: object) -> None:
    door = Door()
    answer = door.knock(json.dumps(body).encode())
    good = isinstance(body, list) and all(
        isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**63 for number in body
    )
    assert answer.status == (200 if good else 400)
    assert len(door.queues.take_lists()) == int(good and bool(body))


@given(body=st.binary(max_size=60))
def test_no_bytes_make_it_fail(body: bytes) -> None:
    assert Door().knock(body).status in {200, 400}
