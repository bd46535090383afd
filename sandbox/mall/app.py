"""MALL's two addresses, the API and its control, as one application on one port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.http import json_response, new_app
from sandbox.mall.api import error_envelope, new_api
from sandbox.mall.control import new_control

if TYPE_CHECKING:
    from flask import Flask

    from sandbox.mall.state import MallState


def new_mall(state: MallState) -> Flask:
    """The application over this state: `/v1/…` and `/control/…`."""
    app = new_app("mall", lambda code, text: json_response(error_envelope(code, text), code))
    app.register_blueprint(new_api(state))
    app.register_blueprint(new_control(state))
    return app
