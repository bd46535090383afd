"""Why a request was not carried out."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from deployment.openapi.models.common import Fact, Model
from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.codes.cases import CaseProblem
from orderbridge.domain.codes.orders import UndoProblem
from orderbridge.texts import Language

PROBLEM_CODES = sorted(code.value for table in (RequestReason, CaseProblem, UndoProblem) for code in table)
"""The codes that a problem can have."""


def _known(code: str) -> str:
    if code not in PROBLEM_CODES:
        msg = f"{code} is not in a table of problems"
        raise ValueError(msg)
    return code


ProblemCode = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": PROBLEM_CODES})
]


class Problem(Model):
    """Why a request was not carried out (problem details, RFC 9457)."""

    type: Annotated[str, Field(pattern=r"^urn:orderbridge:problem:[a-z0-9_.]+$")]
    """The problem's name: `code` behind a fixed beginning. It leads to no page."""
    title: str
    """What kind of problem it is, in the caller's language."""
    status: Annotated[int, Field(ge=400, le=599)]
    """The answer's HTTP status."""
    detail: str
    """What is wrong and what to do, in the caller's language. It may be improved at any time."""
    code: ProblemCode
    """Stays the same in every language and version. More codes may come."""
    facts: dict[str, Fact]
    """Name of each fact → the fact. A code always has the same facts."""
    details: dict[Language, str] | None = None
    """`detail` in every language, where the gateway answers: it knows no caller's language. `detail` is Czech then."""
