"""The org behind the connection: its describes and its recycle bin, asked through simple-salesforce.

The package is used where it gives all that is needed. Everything that needs headers, an answer's own status, repeatable
requests or people's data outside of URLs goes beside it over the context's `http`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from connectors.salesforce.api import Paths, api_name
from connectors.salesforce.errors import read_error
from connectors.salesforce.query import Record
from connectors.salesforce.schema import Described, read_describe
from connectors.salesforce.settings import Settings
from core.contract import (
    ConfigInvalid,
    ConnectorError,
    Context,
    ContractBroken,
    Http,
    ObjectName,
    PermissionMissing,
    RateLimited,
    Response,
    Unavailable,
)

if TYPE_CHECKING:
    import requests
    from simple_salesforce.api import Salesforce

_ALWAYS_READ = (
    "Id",
    "IsDeleted",
    "SystemModstamp",
    "LastModifiedDate",
    "LastModifiedById",
    "CreatedDate",
    "IsConverted",
    "ConvertedContactId",
    "ConvertedAccountId",
    "ConvertedOpportunityId",
    "MasterRecordId",
)


class Org:
    """What the readers and writers of one connection share."""

    def __init__(self, settings: Settings, context: Context) -> None:
        """Keep settings and context; no I/O."""
        self.settings = settings
        self.context = context
        self.paths = Paths(settings.api_version)
        self._described: dict[str, Described] = {}

    @property
    def http(self) -> Http:
        """The runtime's transport."""
        return self.context.http

    def described(self, object_name: str) -> Described:
        """An object as it was described last; raises ConfigInvalid for one that the org does not have."""
        return self._described.get(object_name) or self.described_anew(object_name)

    def described_anew(self, object_name: str) -> Described:
        """An object as it is described now."""
        path = f"sobjects/{api_name(object_name)}/describe"
        described = read_describe(self._ask(lambda sdk: sdk.restful(path)))
        self._described[object_name] = described
        return described

    def columns(self, described: Described) -> list[str]:
        """The fields to read: those that the settings name and those that reading needs, else all."""
        chosen = self.settings.fields.get(described.spec.name)
        if chosen is None:
            return list(described.readable)
        unknown = [name for name in chosen if not described.has(name)]
        if unknown:
            raise ConfigInvalid(
                f"{described.spec.name} has no field {', '.join(unknown)}, or it is hidden from the integration user.",
                hint="Correct `fields`, or give the integration user access to the field.",
                setting="fields",
            )
        wanted = {*chosen, *_ALWAYS_READ}
        return [name for name in described.readable if name in wanted]

    def rows_with_deleted(self, soql: str) -> list[Record]:
        """All rows of a query that holds no personal data, those in the recycle bin too."""
        return list(self._ask(lambda sdk: sdk.query_all(soql, include_deleted=True))["records"])

    def is_known(self, object_name: ObjectName) -> bool:
        """Whether the org has this object and shows it to the credentials."""
        try:
            self.described(object_name)
        except ConfigInvalid:
            return False
        return True

    @cached_property
    def _sdk(self) -> Salesforce:
        # Late, because the package loads zeep. Host and token are the runtime's; without a login of its own the package
        # cannot fall into its endless refresh.
        from simple_salesforce.api import Salesforce

        session = self.context.sdk.requests_session()
        session.hooks["response"].append(_refuse)
        return Salesforce(session_id="-", instance="sdk.invalid", version=self.settings.api_version, session=session)

    def _ask(self, call: Callable[[Salesforce], Any]) -> dict[str, Any]:
        from simple_salesforce.exceptions import SalesforceError

        try:
            answer = call(self._sdk)
        except SalesforceError as error:
            # Only redirects are left to the package. Not `from` the cause: its text quotes the answer.
            raise ContractBroken(f"Salesforce answered HTTP {error.status}.") from None
        except ValueError as error:
            raise Unavailable("Salesforce's answer is not JSON.") from error
        if not isinstance(answer, dict):
            raise ContractBroken("Salesforce's answer is not an object.")
        return answer


def _refuse(answer: requests.Response, **_: object) -> None:
    """Raise what an error status means, before the package turns it into an exception without headers."""
    if answer.status_code < 400:
        return
    response = Response(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.content)
    raise read_error(response) or _by_status(response)


def _by_status(response: Response) -> ConnectorError:
    match response.status:
        case 403:
            return PermissionMissing(scope="API Enabled", hint="Give the integration user the permission and access to the object.")
        case 429:
            wait = response.headers.get("retry-after", "")
            return RateLimited("Salesforce asks for fewer calls.", retry_after=float(wait) if wait.isdecimal() else None)
        case status if status >= 500:
            return Unavailable(f"Salesforce answered HTTP {status}.")
        case status:
            return ContractBroken(f"Salesforce answered HTTP {status}.")
