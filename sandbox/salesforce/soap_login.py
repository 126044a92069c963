"""The SOAP login() call: old, off in new orgs, gone from version 65 on, and still what many passwords are used for."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape

from sandbox.salesforce.oauth import is_password
from sandbox.salesforce.org import INTEGRATION_USERNAME, ORG_ID, Org
from sandbox.wire import Answer, Request

LAST_VERSION = 64.0
_ENVELOPE = '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'


def login(org: Org, request: Request, version: float, now: datetime) -> Answer:
    """POST /services/Soap/u/<version>: a session id, or a fault with status 500."""
    problem = _problem(org, request.body.decode("utf-8", "replace"), version)
    if problem is not None:
        org.tokens.refused_logins += 1
        return fault(*problem)
    org.tokens.logins["soap"] += 1
    token = org.tokens.issue(ORG_ID, org.integration_user, now, org.dials.token_calls)
    server = f"http://{request.headers.get('host', 'localhost')}/services/Soap/u/{version:.1f}/{ORG_ID[:15]}"
    result = (
        f"<passwordExpired>false</passwordExpired><sandbox>true</sandbox><serverUrl>{server}</serverUrl>"
        f"<sessionId>{token}</sessionId><userId>{org.integration_user}</userId>"
    )
    body = f'{_ENVELOPE} xmlns="urn:partner.soap.sforce.com"><soapenv:Body><loginResponse><result>{result}</result></loginResponse>'
    return xml(f"{body}</soapenv:Body></soapenv:Envelope>", 200)


def _problem(org: Org, envelope: str, version: float) -> tuple[str, str] | None:
    if version > LAST_VERSION:
        return "UNSUPPORTED_API_VERSION", "login() is not available in this API version"
    if not org.dials.soap_login:
        return "INSUFFICIENT_ACCESS", "SOAP API login() is disabled by default in this org"
    if org.dials.login_refusals:
        org.dials.login_refusals -= 1
        return "LOGIN_RATE_EXCEEDED", "login rate exceeded"
    if _element(envelope, "username") != INTEGRATION_USERNAME or not is_password(_element(envelope, "password")):
        return "INVALID_LOGIN", "Invalid username, password, security token; or user locked out."
    return None


def _element(envelope: str, name: str) -> str:
    found = re.search(rf"<(?:\w+:)?{name}\s*>([^<]*)</", envelope)
    return unescape(found[1]) if found else ""


def fault(code: str, message: str) -> Answer:
    """A SOAP fault, which always comes with status 500."""
    detail = f"<sf:exceptionCode>{code}</sf:exceptionCode><sf:exceptionMessage>{message}</sf:exceptionMessage>"
    body = (
        f'{_ENVELOPE} xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body><soapenv:Fault><faultcode>sf:{code}</faultcode>'
        f"<faultstring>{code}: {message}</faultstring><detail><sf:LoginFault>{detail}</sf:LoginFault></detail></soapenv:Fault>"
    )
    return xml(f"{body}</soapenv:Body></soapenv:Envelope>", 500)


def xml(body: str, status: int) -> Answer:
    """An answer in XML."""
    return Answer(status, body.encode(), {"content-type": "text/xml; charset=utf-8"})
