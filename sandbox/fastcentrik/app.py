"""The shop's addresses, export, import and administration, as one application on one port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.fastcentrik.control import new_control
from sandbox.fastcentrik.wire import new_wire
from sandbox.http import json_response, new_app

if TYPE_CHECKING:
    from flask import Flask

    from sandbox.fastcentrik.state import ShopState


def new_fastcentrik(state: ShopState) -> Flask:
    """The application over this state: `/export/…`, `/import/…` and `/control/…`."""
    app = new_app("fastcentrik", lambda code, text: json_response({"error": text}, code))
    app.register_blueprint(new_wire(state))
    app.register_blueprint(new_control(state))
    return app
