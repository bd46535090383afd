"""Why DynamoDB did not write an order: somebody else did, it has too little capacity, or something is wrong."""

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


def not_saved(order: OrderState, error: ClientError) -> Exception:
    """What the caller is told."""
    if _is_conflict(error):
        now = f"it is not at version {order.version} any more, or being written: load it again"
    elif _is_busy(error):
        now = "the table is too busy to write it: load it again, or try later"
    else:
        return error
    return VersionConflictError(f"order {order.label}: {now}")


def _reasons(error: ClientError) -> set[str | None]:
    """Why a transaction was cancelled: of each of its items, or "None"."""
    if error.response["Error"]["Code"] != "TransactionCanceledException":
        return set()
    reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return {reason.get("Code") for reason in reasons}


def _is_conflict(error: ClientError) -> bool:
    """Whether somebody else's write is the reason, and not a fault."""
    return error.response["Error"]["Code"] in _CONFLICT_ERRORS or bool(_reasons(error) & _CONFLICT_REASONS)


def is_cancelled_for_throttling(error: ClientError) -> bool:
    """Whether a transaction found too little capacity, and nothing else was wrong with it."""
    return bool(_reasons(error) & _BUSY_REASONS) and not _is_conflict(error)


def _is_busy(error: ClientError) -> bool:
    """Whether the table took less than it was given; botocore has waited and repeated already, but not transactions."""
    return error.response["Error"]["Code"] in _BUSY_ERRORS or bool(_reasons(error) & _BUSY_REASONS)
