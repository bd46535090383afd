"""What persons ask for, as the record of their actions says it (R13.3)."""

from __future__ import annotations

from orderbridge.domain.facts import Code, Kind


class PersonReason(Code):
    """What a person asked for. A record says that it was requested, not that it was done."""

    SYNC = "person.sync"
    RECONCILE = "person.reconcile"
    RETRY = "person.retry"
    UNDO = "person.undo", {"step": Kind.NUMBER, "action": Kind.ACTION}
    RETRY_HELD = "person.retry_held", {"hold": Kind.TERM, "orders": Kind.COUNT}
    RETRY_OF_HELD = "person.retry_of_held", {"hold": Kind.TERM}
    RETURN_RESOLVED = "person.return_resolved"
    RETURNED_REQUESTED = "person.returned_requested"
    ESCALATION_CLOSED = "person.escalation_closed", {"cause": Kind.TERM}
    RETURN_NUMBER = "person.return_number", {"number": Kind.TEXT}
    # The next ones are the integrator's, who works on the registry of shops.
    SHOP_ADDED = "person.shop_added"
    SHOP_CHANGED = "person.shop_changed"
    SHOP_PAUSED = "person.shop_paused"
    SHOP_RESUMED = "person.shop_resumed"
    SHOP_REMOVED = "person.shop_removed"
    KEY_ROTATED = "person.key_rotated"
    OPERATOR_ADDED = "person.operator_added", {"operator": Kind.TEXT, "role": Kind.TERM}
    SIGN_IN_MADE = "person.sign_in_made", {"operator": Kind.TEXT}
    OPERATOR_REMOVED = "person.operator_removed", {"operator": Kind.TEXT}
    WEBHOOK_ADDED = "person.webhook_added"
    WEBHOOK_REMOVED = "person.webhook_removed"
    # No address: a record of an action has no contacts.
    ALARM_READER_ADDED = "person.alarm_reader_added"
    ALARM_READER_REMOVED = "person.alarm_reader_removed"
    UNREADABLE = "person.unreadable"
