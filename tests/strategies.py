"""Any order, step or attempt that the domain can express."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from orderbridge.domain.carriers import Tracking
from orderbridge.domain.moments import ShopDate
from orderbridge.domain.orders import (
    Accepted,
    Action,
    Actor,
    Attempt,
    AttemptResult,
    Calls,
    DeadLetter,
    Hold,
    HoldCode,
    MarketplaceChange,
    MarketplaceView,
    OrderState,
    Reading,
    Refusal,
    ShopView,
    Step,
    StepState,
)
from orderbridge.domain.payloads import (
    ConfirmPayload,
    DeliveredPayload,
    ReadCause,
    ReadPayload,
    ReturnedPayload,
    StepPayload,
    TrackingPayload,
)
from orderbridge.domain.records import (
    Alarm,
    AlarmKind,
    Cause,
    Escalation,
    EscalationEvent,
    Item,
    Passed,
    Resolution,
    ReturnDocument,
    ReturnFlag,
    ReturnKind,
    ReturnRequest,
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
    tracking_problem=texts,
    tracking_url=texts,
    tracking_url_problem=texts,
    carrier=texts,
    carrier_problem=texts,
    created=st.none() | shop_dates,
    created_problem=texts,
    problems=st.lists(texts, max_size=2).map(tuple),
)
items = st.lists(st.builds(Item, title=texts, pieces=texts), max_size=2).map(tuple)
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
    items=items,
    ready_to_return=st.booleans(),
    collect_at=texts,
    test=st.booleans(),
)
trackings = st.builds(Tracking, st.from_regex(r"[0-9A-Za-z_-]{1,9}", fullmatch=True), texts)
PAYLOADS: dict[type[StepPayload], st.SearchStrategy[StepPayload]] = {
    ReadPayload: st.builds(
        ReadPayload,
        cause=st.sampled_from(ReadCause),
        doubtful_step=st.none() | st.integers(1, 99_999),
        observed_at=maybe_moments,
    ),
    TrackingPayload: st.builds(TrackingPayload, st.none() | trackings),
    DeliveredPayload: st.builds(DeliveredPayload, shop_dates),
    ReturnedPayload: st.builds(ReturnedPayload, moments),
    ConfirmPayload: st.builds(ConfirmPayload, st.sampled_from(MarketplaceStatus)),
}
"""Every kind of payload."""
maybe_payloads = st.none() | st.one_of(*PAYLOADS.values())
steps = st.builds(
    Step,
    number=st.integers(1, 99_999),
    action=st.sampled_from(Action),
    payload=maybe_payloads,
    reason=texts,
    planned_at=moments,
    not_before=maybe_moments,
    queued_at=maybe_moments,
    state=st.sampled_from(StepState),
    attempts=counts,
    claimed_at=maybe_moments,
    retry_at=maybe_moments,
    closed_at=maybe_moments,
    result=texts,
    sent=st.none()
    | st.builds(
        MarketplaceChange,
        status=st.none() | st.sampled_from(MarketplaceStatus),
        confirm=st.booleans(),
        tracking_number=texts,
        tracking_url=texts,
        delivered_at=maybe_moments,
    ),
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
    Refusal, action=st.sampled_from(Action), payload=maybe_payloads, text=texts, not_found=st.booleans()
)
passed = st.builds(
    Passed,
    status=st.sampled_from(MarketplaceStatus),
    at=moments,
    by_us=st.booleans(),
    wanted_at=maybe_moments,
    by_them=st.booleans(),
    taken_back=st.booleans(),
)
return_flags = st.builds(
    ReturnFlag,
    kind=st.sampled_from(ReturnKind),
    basis=texts,
    text=texts,
    since=moments,
    opened_at=moments,
    resolved=st.none() | st.builds(Resolution, at=moments, by=texts, note=texts),
)
escalations = st.builds(
    Escalation,
    cause=st.sampled_from(Cause),
    what=texts,
    held=texts,
    shop_says=texts,
    right_status=texts,
    opened_at=moments,
    closed_at=maybe_moments,
    closed_by_person=st.booleans(),
    return_document=st.none()
    | st.builds(ReturnDocument, number=texts, entered_at=moments, by=texts, items=items),
    history=st.lists(
        st.builds(EscalationEvent, at=moments, what=texts, by=texts, note=texts), max_size=2
    ).map(tuple),
)
alarms = st.builds(
    Alarm,
    key=texts,
    kind=st.sampled_from(AlarmKind),
    subject=texts,
    text=texts,
    raised_at=moments,
    sent_at=maybe_moments,
)
orders = st.builds(
    OrderState,
    shop=shop_names,
    mall_order_id=order_numbers,
    version=counts,
    rival=st.none() | shop_views,
    desired=st.none() | shop_views,
    desired_since=maybe_moments,
    status_since=maybe_moments,
    delivery_since=maybe_moments,
    seen_at=maybe_moments,
    delivery_typed_after=maybe_moments,
    shop_known_at=maybe_moments,
    missing_since=maybe_moments,
    unchanged_in=st.none() | st.builds(Reading, seen_at=moments, content_at=moments),
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
    read_after=maybe_moments,
    failures=counts,
    last_failure_at=maybe_moments,
    sent_delivery=st.none() | shop_dates,
    sent_tracking=st.none() | trackings,
    accepted=st.lists(
        st.builds(Accepted, action=st.sampled_from(Action), payload=maybe_payloads, times=counts), max_size=2
    ).map(tuple),
    calls=st.none() | st.builds(Calls, day=st.dates(), puts=counts, reads=counts, allowances=counts),
    parked=texts,
    look_at=maybe_moments,
    created_at=maybe_moments,
    updated_at=maybe_moments,
    listed_at=maybe_moments,
    test=st.booleans(),
    acknowledge=texts,
    created_in_shop_at=maybe_moments,
    canceled_in_shop_at=maybe_moments,
    shop_doubt_at=maybe_moments,
    drift=texts,
    return_request=st.none() | st.builds(ReturnRequest, at=moments, by=texts),
    passed=st.lists(passed, max_size=2).map(tuple),
    flag=st.none() | return_flags,
    past_flags=st.lists(return_flags, max_size=2).map(tuple),
    escalations=st.lists(escalations, max_size=2).map(tuple),
    alarms=st.lists(alarms, max_size=2).map(tuple),
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
