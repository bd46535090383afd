"""One operator's calls, as the flows get them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from orderbridge.flows.api.request import ApiRequest, Json
from orderbridge.texts import API
from tests.openapi.checking import check_content

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.ports import Ports
    from orderbridge.texts import Edge, Language
    from tests.unit.flows.in_memory_product import InMemoryProduct


class ApiClient:
    """Calls use cases in `product` in the name of `by`. Every answer must be as the document has it.

    `language` is the one that the caller likes best; None: the shop's. `edge`: where the answers are read.
    """

    def __init__(
        self,
        product: InMemoryProduct,
        by: str = "warehouse",
        language: Language | None = None,
        edge: Edge = API,
    ) -> None:
        self.product = product
        self.by = by
        self.language = language
        self.edge = edge

    def ask(
        self,
        use_case: Callable[[Ports, ApiRequest], Json],
        number: int | str | None = None,
        cause: str | None = None,
        body: object = None,
        **query: str,
    ) -> Json:
        """`body` is sent as JSON, or as it is if it is a text; `query` may end in ``_`` (``from_``)."""
        path = {} if number is None else {"mall_order_id": str(number)}
        if cause is not None:
            path["cause"] = cause
        text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        parameters = {name.rstrip("_"): value for name, value in query.items()}
        asked = ApiRequest(self.by, ["*"], path, parameters, text, self.language, edge=self.edge)
        answer = use_case(self.product, asked)
        assert json.loads(json.dumps(answer)) == answer
        check_content(use_case, answer)
        return answer
