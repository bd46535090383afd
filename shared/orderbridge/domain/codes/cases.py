"""What waits for people: escalations, returns, alarms, deadlines, the digest."""

from __future__ import annotations

from orderbridge.domain.facts import Code, Kind


class EscalationReason(Code):
    """What happened, where an escalation tells more than its order's hold."""

    NOT_IN_THE_SHOP = "escalation.not_in_the_shop", {"listed_at": Kind.MOMENT}
