"""JSON over HTTP to servers of this machine, without the proxies of the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from local.stack.processes import StackError

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = Any
"""JSON that a server sends or receives."""
HTTP_SECONDS = 60
"""Maximum duration of a request in seconds."""


class HttpClient:
    """One session, without the proxies of the environment."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False

    def request(
        self,
        method: str,
        url: str,
        body: Json = None,
        *,
        token: str = "",
        query: Mapping[str, Json] | None = None,
    ) -> requests.Response:
        """Sends one request and returns any answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.session.request(
            method, url, params=query, json=body, headers=headers, timeout=HTTP_SECONDS
        )

    def json(self, method: str, url: str, body: Json = None) -> Json:
        """Sends one request and returns the answer's content. Raises StackError for a refusal."""
        return content(self.request(method, url, body))


def content(answer: requests.Response) -> Json:
    """The JSON content of an answer. Raises StackError for a refusal."""
    if not answer.ok:
        # Not the whole URL: it may contain a secret.
        requested = (
            f"{answer.request.method} …/{(answer.request.path_url).partition('?')[0].rpartition('/')[2]}"
        )
        msg = f"{requested} answered {answer.status_code}: {answer.text[:200]}"
        raise StackError(msg)
    return answer.json()
