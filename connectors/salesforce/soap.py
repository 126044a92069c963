"""The few calls that Salesforce has in its SOAP API only: merging and taking out of the recycle bin.

SOAP wants the access token inside the message, where the runtime cannot put it. So the token that was fetched last is kept
here, and another one is fetched where this process has not fetched any (Salesforce then mostly gives the same session).
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.salesforce.auth import fetch_token
from connectors.salesforce.errors import Problem, record_error
from connectors.salesforce.org import Org
from connectors.salesforce.xml_text import Node, element, leaf, read_xml
from core.contract import AuthFailed, ConnectorError, ContractBroken, Invalid, Request, Response, Token, TryLater, Unavailable

MOST_A_CALL = 200
"""Merge requests or ids in one call (SOAP guide, "merge()" and "undelete()")."""

_LAST_VERSION = 64
_OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns="urn:partner.soap.sforce.com" xmlns:rec="urn:sobject.partner.soap.sforce.com">'
)
_SESSION_OVER = "INVALID_SESSION_ID"


class Soap:
    """Speaks the partner form of the SOAP API for one connection."""

    def __init__(self, org: Org) -> None:
        """Speak to this org; no I/O."""
        self._org = org
        self._token: Token | None = None

    def keep(self, token: Token) -> Token:
        """Keep the token that was fetched last."""
        self._token = token
        return token

    def call(self, name: str, *inner: str) -> list[Node]:
        """Send one call and give its results in order.

        A lost answer raises Unavailable with an unknown outcome. Raises Invalid where no session can be had: a refresh
        token may have been rotated, and must not be used a second time.
        """
        try:
            return self._call(self._session(), name, inner)
        except _SessionOver:
            session = self._new_session()
        try:
            return self._call(session, name, inner)
        except _SessionOver:
            raise AuthFailed("Salesforce refused a new session over SOAP.", hint="Let the app's tokens use the SOAP API too.") from None

    def _call(self, session: str, name: str, inner: Sequence[str]) -> list[Node]:
        header = element("soapenv:Header", element("SessionHeader", leaf("sessionId", session)))
        body = f"{_OPENING}{header}{element('soapenv:Body', element(name, *inner))}</soapenv:Envelope>"
        request = Request(
            "POST",
            f"/services/Soap/u/{self._version}",
            headers={"content-type": "text/xml; charset=UTF-8", "soapaction": '""'},
            body=body.encode(),
            accept=frozenset({500}),
        )
        response = self._org.http.send(request)
        answer = _read(response)
        fault = answer.find("Body", "Fault")
        if fault is not None:
            raise _fault(fault)
        results = answer.find("Body", f"{name}Response")
        if results is None:
            raise ContractBroken(f"Salesforce answered {name} with something else.")
        return list(results.all("result"))

    @property
    def _version(self) -> str:
        return f"{min(float(self._org.settings.api_version), _LAST_VERSION):.1f}"

    def _session(self) -> str:
        return self._token.value if self._token is not None else self._new_session()

    def _new_session(self) -> str:
        if self._org.settings.grant == "refresh_token":
            raise Invalid(
                "Salesforce takes merges and restorations over SOAP only, for which this process has no token of its own.",
                hint="Use the grant client_credentials or jwt_bearer.",
                rule="NO_SESSION",
            )
        token = fetch_token(self._org.settings, None, self._org.http, self._org.context.clock)
        return self.keep(token).value


def problems_of(result: Node) -> list[Problem]:
    """The errors of one result; empty when it succeeded."""
    if result.text_of("success") == "true":
        return []
    found = [
        Problem(
            error.text_of("statusCode") or "UNKNOWN_EXCEPTION", error.text_of("message"), tuple(one.text for one in error.all("fields"))
        )
        for error in result.all("errors")
    ]
    return found or [Problem("UNKNOWN_EXCEPTION")]


class _SessionOver(Exception):
    """The token is not good any more."""


def _read(response: Response) -> Node:
    try:
        return read_xml(response.body)
    except Invalid as error:
        raise Unavailable(f"Salesforce's SOAP answer (HTTP {response.status}) is not XML.", outcome_unknown=True) from error


def _fault(fault: Node) -> Exception:
    code = fault.text_of("faultcode").rpartition(":")[2]
    if code == _SESSION_OVER:
        return _SessionOver()
    error: ConnectorError = record_error(Problem(code or "UNKNOWN_EXCEPTION", fault.text_of("faultstring")))
    if isinstance(error, TryLater):
        error.outcome_unknown = code in {"", "UNKNOWN_EXCEPTION", "SERVER_UNAVAILABLE"}
    return error
