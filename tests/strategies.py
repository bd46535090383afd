"""Any order, step or attempt that the domain can express."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from orderbridge.domain.moments import ShopDate
from orderbridge.domain.orders import (
    Action,
    Actor,
    Attempt,
    AttemptResult,
    DeadLetter,
    Hold,
    HoldCode,
    MarketplaceView,
    OrderState,
    Refusal,
    ShopView,
    Step,
    StepState,
)
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

moments = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001 - the zone comes from `timezones`
    max_value=datetime(2999, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
maybe_moments = st.none() | moments
texts = st.text(max_size=12)
counts = st.integers(0, 10_000)
order_numbers = st.integers(1, 2**63 - 1)
shop_names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)
shop_dates = st.builds(ShopDate, st.dates(), st.none() | st.times())
shop_views = st.builds(
    ShopView,
    code=texts,
    status=st.none() | st.sampled_from(ShopStatus),
    status_name=texts,
    delivery=st.none() | shop_dates,
    delivery_problem=texts,
    tracking_number=texts,
    tracking_url=texts,
    carrier=texts,
    created=st.none() | shop_dates,
    problems=st.lists(texts, max_size=2).map(tuple),
)
marketplace_views = st.builds(
    MarketplaceView,
    status=st.sampled_from(MarketplaceStatus),
    confirmed=st.booleans(),
    marketplace_delivery=st.booleans(),
    tracking_number=texts,
    tracking_url=texts,
    opened_at=maybe_moments,
    shipped_at=maybe_moments,
    delivered_at=maybe_moments,
)
steps = st.builds(
    Step,
    number=st.integers(1, 99_999),
    action=st.sampled_from(Action),
    basis=texts,
    reason=texts,
    planned_at=moments,
    not_before=maybe_moments,
    state=st.sampled_from(StepState),
    attempts=counts,
    claimed_at=maybe_moments,
    retry_at=maybe_moments,
    closed_at=maybe_moments,
    result=texts,
)
attempts = st.builds(
    Attempt,
    step=st.integers(1, 99_999),
    number=st.integers(1, 999),
    action=st.sampled_from(Action),
    started_at=moments,
    sent=st.dictionaries(st.text(min_size=1, max_size=8), texts | st.booleans(), max_size=3),
    result=st.sampled_from(AttemptResult),
    came_back=texts,
    http_status=st.none() | st.integers(100, 599),
    message=texts,
    duration_ms=st.none() | counts,
)
holds = st.builds(
    Hold, code=st.sampled_from(HoldCode), text=texts, actor=st.sampled_from(Actor), until=maybe_moments
)
refusals = st.builds(
    Refusal, action=st.sampled_from(Action), basis=texts, text=texts, not_found=st.booleans()
)
orders = st.builds(
    OrderState,
    shop=shop_names,
    mall_order_id=order_numbers,
    version=counts,
    desired=st.none() | shop_views,
    desired_since=maybe_moments,
    seen_at=maybe_moments,
    observed=st.none() | marketplace_views,
    observed_certain=st.booleans(),
    observed_at=maybe_moments,
    step=st.none() | steps,
    last_step_number=counts,
    hold=st.none() | holds,
    hold_since=maybe_moments,
    explanation=texts,
    code=st.text(max_size=10),
    refusals=st.lists(refusals, max_size=2).map(tuple),
    unanswered=st.none() | steps,
    failures=counts,
    last_failure_at=maybe_moments,
    sent_delivery=texts,
    parked=texts,
    look_at=maybe_moments,
    created_at=maybe_moments,
    updated_at=maybe_moments,
)
dead_letters = st.builds(
    DeadLetter,
    shop=shop_names,
    mall_order_id=order_numbers,
    message_id=st.uuids().map(str),
    queue=texts,
    body=texts,
    parked_at=moments,
    receives=counts,
)
