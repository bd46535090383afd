"""What schemathesis checks of every answer beside its own checks. It loads this module by schemathesis.toml."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import unquote, urlsplit

import schemathesis
from pydantic import ValidationError

from tests.openapi.checking import check_answer

Json = Any

ONLY_THIS_SHOP = (
    "error.cursor",
    "error.search",
    "error.period_",
    "error.import_is_off",
    "case.",
    "error.not_a_hint",
)
"""Codes of refusals that no schema can foresee begin so."""


@schemathesis.check
def an_answer_is_of_its_model(_context: Json, response: Json, case: Json) -> None:
    """Strict: an answer with a key that its model does not have is wrong."""
    path = urlsplit(response.request.url).path.removeprefix(urlsplit(os.environ["API_URL"]).path)
    kind = response.headers["content-type"][0]
    try:
        check_answer(case.method, unquote(path), response.status_code, kind, response.text)
    except ValidationError as error:
        raise AssertionError(str(error)) from None


@schemathesis.check
def a_valid_request_is_understood(_context: Json, response: Json, case: Json) -> None:
    """A request that fits the document is refused only for what the shop and its orders are like."""
    meta = case.meta
    if response.status_code != 400 or meta is None or not meta.generation.mode.is_positive:
        return
    code = json.loads(response.text)["code"]
    assert code.startswith(ONLY_THIS_SHOP), f"a valid request is refused: {code}"
