"""An object with urllib3's `PoolManager.request` whose every call goes through the runtime; loaded only for SDKs that want one."""

from __future__ import annotations

import io
import json as jsonlib
from collections.abc import Mapping
from http.client import responses
from typing import Any
from urllib.parse import urlencode

from urllib3 import HTTPResponse, Timeout
from urllib3.filepost import encode_multipart_formdata

from core.runtime.http.relay import Relay, body_bytes, shown_headers, text_headers

_FIELDS_IN_URL = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


class RelayPool:
    """Stand in for a `PoolManager`; retries, redirects, proxies and TLS settings given to it are the runtime's business."""

    def __init__(self, relay: Relay) -> None:
        """Borrow the relay."""
        self._relay = relay

    def request(
        self,
        method: str,
        url: str,
        body: Any = None,
        fields: Any = None,
        headers: Mapping[str, str] | None = None,
        **extras: Any,
    ) -> HTTPResponse:
        """Send as urllib3 would, with `json`, `encode_multipart`, `preload_content` and `timeout` as there; other extras do nothing."""
        sent_headers = text_headers(headers or {})
        if extras.get("json") is not None:
            body = jsonlib.dumps(extras["json"])
            sent_headers = {"Content-Type": "application/json", **sent_headers}
        if fields and method.upper() in _FIELDS_IN_URL:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"
        elif fields:
            body, content_type = _encode(fields, extras.get("encode_multipart", True))
            sent_headers = {name: value for name, value in sent_headers.items() if name.lower() != "content-type"}
            sent_headers["Content-Type"] = content_type
        answer = self._relay.send(method, url, sent_headers, body_bytes(body), _read_seconds(extras.get("timeout")))
        return HTTPResponse(
            body=io.BytesIO(answer.body),
            headers=shown_headers(answer),
            status=answer.status,
            reason=responses.get(answer.status),
            preload_content=extras.get("preload_content", True),
            request_url=self._relay.shown(url),
        )

    def clear(self) -> None:
        """Hold nothing; the connections belong to the context."""


def _encode(fields: Any, is_multipart: bool) -> tuple[bytes, str]:
    if is_multipart:
        return encode_multipart_formdata(fields)
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


def _read_seconds(timeout: Any) -> float | None:
    if isinstance(timeout, Timeout):
        seconds = timeout.read_timeout
        return seconds if isinstance(seconds, int | float) else None
    return timeout if isinstance(timeout, int | float) else None
