"""What an error of AWS means: another write came first, the table has too little capacity, or something is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge.errors import VersionConflictError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from orderbridge.domain.orders import OrderState

_CONFLICT_ERRORS = frozenset(
    {"ConditionalCheckFailedException", "TransactionConflictException", "TransactionInProgressException"}
)
_CONFLICT_REASONS = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_BUSY_ERRORS = frozenset(
    {"ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"}
)
_BUSY_REASONS = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"})


def error_code(error: ClientError) -> str:
    """AWS's name of `error`."""
    return str(error.response["Error"]["Code"])


def not_saved(order: OrderState, error: ClientError) -> Exception:
    """The error to raise for `order`, which was not saved because of `error`."""
    if _is_conflict(error):
        now = f"it is not at version {order.version} any more, or being written: load it again"
    elif _is_busy(error):
        now = "the table is too busy to write it: load it again, or try later"
    else:
        return error
    return VersionConflictError(f"order {order.label}: {now}")


def _reasons(error: ClientError) -> set[str | None]:
    """Why a transaction was cancelled: one reason per item, or "None"."""
    if error_code(error) != "TransactionCanceledException":
        return set()
    reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return {reason.get("Code") for reason in reasons}


def _is_conflict(error: ClientError) -> bool:
    """Whether another write was first."""
    return error_code(error) in _CONFLICT_ERRORS or bool(_reasons(error) & _CONFLICT_REASONS)


def is_cancelled_for_throttling(error: ClientError) -> bool:
    """Whether a transaction was cancelled for want of capacity alone."""
    return bool(_reasons(error) & _BUSY_REASONS) and not _is_conflict(error)


def _is_busy(error: ClientError) -> bool:
    """Whether the table has too little capacity. botocore has already repeated the request, but not a transaction."""
    return error_code(error) in _BUSY_ERRORS or bool(_reasons(error) & _BUSY_REASONS)
