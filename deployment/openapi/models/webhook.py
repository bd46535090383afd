"""What MALL's webhook answers."""

from __future__ import annotations

from deployment.openapi.models.common import Explanation, Model


class HintTaken(Model):
    """The hint was taken."""

    result: Explanation
    """What follows from it."""
