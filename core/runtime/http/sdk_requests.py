"""A `requests.Session` whose every call goes through the runtime; loaded only for SDKs that want one."""

from __future__ import annotations

import io
from collections.abc import Mapping
from http.client import responses
from typing import Any

from requests import PreparedRequest, Response, Session
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from core.runtime.http.relay import Relay, body_bytes, shown_headers, text_headers


class RelaySession(Session):
    """Send everything through the relay: no environment, no redirects, no cookies of its own."""

    def __init__(self, relay: Relay) -> None:
        """Mount the relay for both schemes."""
        super().__init__()
        self.trust_env = False
        self.mount("https://", _RelayAdapter(relay))
        self.mount("http://", _RelayAdapter(relay))

    def get_redirect_target(self, resp: Response) -> None:
        """Never follow: a redirect is an answer for the SDK to refuse."""
        del resp


class _RelayAdapter(BaseAdapter):
    def __init__(self, relay: Relay) -> None:
        super().__init__()
        self._relay = relay

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        del stream, verify, cert, proxies
        read = timeout[1] if isinstance(timeout, tuple) else timeout
        body: Any = request.body
        url = request.url or ""
        answer = self._relay.send(request.method or "GET", url, text_headers(request.headers), body_bytes(body), read)
        response = Response()
        response.status_code = answer.status
        response.reason = responses.get(answer.status, "")
        response.headers = CaseInsensitiveDict(shown_headers(answer))
        response.encoding = get_encoding_from_headers(response.headers)
        response.url = self._relay.shown(url)  # SDKs put it into exception texts
        response.request = request
        response.raw = io.BytesIO(answer.body)
        return response

    def close(self) -> None:
        """Hold nothing; the connections belong to the context."""
