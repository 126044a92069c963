"""hubspot-api-client over the runtime's transport: imported at first use, built once, kept.

Of the SDK only the generic objects package and the properties package are loaded: one import serves every object, where
`hubspot.HubSpot` and the per-object packages would load hundreds of modules. Answers are taken raw, because the SDK's
models lose unknown fields, the difference between 200 and 207, and the errors inside a 200.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from connectors.hubspot.paths import Paths, rewritten
from core.contract import Response, SdkTransport

_CONNECT_SECONDS = 10.0


class Answered(Exception):
    """HubSpot answered with another status than a success.

    Raised below the SDK, which would turn it into one of several unrelated exception classes per package and decode the
    body as UTF-8 come what may.
    """

    def __init__(self, response: Response) -> None:
        """Keep the answer; the text names the status only, since a body may hold personal data."""
        super().__init__(f"HTTP {response.status}")
        self.response = response


class Sdk:
    """The calls that go through the SDK; each returns the raw answer or raises Answered."""

    def __init__(self, transport: SdkTransport, base_url: str, paths: Paths, timeout_seconds: float) -> None:
        """Import and build nothing yet."""
        self._transport = transport
        self._base_url = base_url.rstrip("/")
        self._paths = paths
        self._call: dict[str, Any] = {"_preload_content": False, "_request_timeout": (_CONNECT_SECONDS, timeout_seconds)}

    def page(self, object_name: str, *, limit: int, after: str | None, properties: Sequence[str], archived: bool) -> Response:
        """List records in the order of their ids."""
        more = {"limit": limit, "after": after, "properties": list(properties) or None, "archived": "true" if archived else None}
        return _taken(self._basic.get_page(object_name, **{name: value for name, value in more.items() if value}, **self._call))

    def batch(self, verb: str, object_name: str, body: Mapping[str, Any]) -> Response:
        """Send one batch; `verb` is create, update, upsert or archive."""
        return _taken(getattr(self._batch, verb)(object_name, dict(body), **self._call))

    def properties(self, object_name: str) -> Response:
        """List the definitions of all properties of an object."""
        return _taken(self._properties.get_all(object_name, **self._call))

    def merge(self, object_name: str, body: Mapping[str, Any]) -> Response:
        """Merge two records. The generic objects package has no method for it, so this is its client's own `call_api`."""
        path = "/crm/v3/objects/{objectType}/merge"
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        called = self._basic.api_client.call_api(path, "POST", {"objectType": object_name}, [], headers, body=dict(body), **self._call)
        return _taken(called)

    @cached_property
    def _pool(self) -> Any:
        return _Pool(self._transport.urllib3_pool(), self._base_url, self._paths)

    @cached_property
    def _basic(self) -> Any:
        from hubspot.crm.objects import ApiClient, BasicApi, Configuration

        return BasicApi(self._client(ApiClient, Configuration))

    @cached_property
    def _batch(self) -> Any:
        from hubspot.crm.objects import BatchApi

        return BatchApi(self._basic.api_client)

    @cached_property
    def _properties(self) -> Any:
        from hubspot.crm.properties import ApiClient, Configuration, CoreApi

        return CoreApi(self._client(ApiClient, Configuration))

    def _client(self, client_type: Any, configuration_type: Any) -> Any:
        configuration = configuration_type(host=self._base_url)
        # Without this urllib3's own default would repeat calls, and sleep, behind the runtime's back.
        configuration.retries = False
        client = client_type(configuration)
        client.rest_client.pool_manager = self._pool
        return client


class _Pool:
    """The runtime's pool, with the SDK's v3 paths turned into the wanted version and refusals raised at once."""

    def __init__(self, pool: Any, base_url: str, paths: Paths) -> None:
        self._pool = pool
        self._base_url = base_url
        self._paths = paths

    def request(self, method: str, url: str, **options: Any) -> Any:
        raw = self._pool.request(method, rewritten(url, self._base_url, self._paths), **options)
        if not 200 <= raw.status < 300:
            raise Answered(_taken(raw))
        return raw


def _taken(raw: Any) -> Response:
    body = raw.data
    headers = {str(name).lower(): str(value) for name, value in raw.headers.items()}
    return Response(raw.status, headers, body if isinstance(body, bytes) else str(body or "").encode())
