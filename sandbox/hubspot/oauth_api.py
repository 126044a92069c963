"""The token endpoint in its versions: v1, v3 and dated; form-encoded only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sandbox.hubspot.access import Token
from sandbox.hubspot.call import Call
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.refusals import Refusal
from sandbox.wire import Answer, json_answer

Form = dict[str, str]


def token(portal: Portal, call: Call) -> Answer:
    """POST token: grants refresh_token, authorization_code and client_credentials."""
    form = _form(call)
    _check_client(portal, form)
    grant = _GRANTS.get(form.get("grant_type", ""))
    if grant is None:
        raise _refused("BAD_GRANT_TYPE", "grant_type is missing or not known")
    refresh_token = grant(portal, form)
    seconds = portal.dials.token_seconds
    ends = call.now + timedelta(seconds=seconds)
    app = f"oauth-{form['client_id']}"
    access = portal.access.issue(Token(app, True, None, ends, portal.dials.token_calls, refresh_token))
    found: dict[str, Any] = {"token_type": "bearer", "access_token": access, "expires_in": seconds}
    if refresh_token:
        found["refresh_token"] = refresh_token
    if call.version != "v1":
        found |= {"hub_id": portal.dials.portal_id, "user_id": 9001, "scopes": form.get("scope", "").split(), "token_use": "access_token"}
    return json_answer(found)


def introspect(portal: Portal, call: Call) -> Answer:
    """POST introspect: whether a token still works."""
    form = _form(call)
    _check_client(portal, form)
    found = portal.access.tokens.get(form.get("token", ""))
    active = found is not None and (found.expires_at is None or found.expires_at > call.now)
    active = active or form.get("token") in portal.access.refresh_tokens
    return json_answer({"active": active, "hub_id": portal.dials.portal_id} if active else {"active": False})


def revoke(portal: Portal, call: Call) -> Answer:
    """POST revoke: the token, and for a refresh token all that came from it, stop working."""
    form = _form(call)
    _check_client(portal, form)
    text = form.get("token", "")
    portal.access.refresh_tokens.pop(text, None)
    portal.access.tokens = {name: held for name, held in portal.access.tokens.items() if text not in (name, held.refresh_token)}
    return Answer(204)


def _form(call: Call) -> Form:
    kind = call.request.headers.get("content-type", "")
    if not kind.lower().startswith("application/x-www-form-urlencoded"):
        raise Refusal(415, "", "The token endpoint takes application/x-www-form-urlencoded only")
    try:
        found = {name: values[0] for name, values in call.request.form().items()}
    except UnicodeDecodeError as error:
        raise _refused("BAD_REQUEST", "the form is not UTF-8") from error
    return {**{name: values[0] for name, values in call.query.items()}, **found} if call.version == "v1" else found


def _check_client(portal: Portal, form: Form) -> None:
    secret = portal.access.clients.get(form.get("client_id", ""))
    if secret is None:
        raise _refused("BAD_CLIENT_ID", "missing or unknown client id")
    if form.get("client_secret") != secret:
        raise _refused("BAD_CLIENT_SECRET", "missing or invalid client secret")


def _refresh(portal: Portal, form: Form) -> str:
    text = form.get("refresh_token", "")
    if portal.access.refresh_tokens.get(text) != form["client_id"]:
        raise _refused("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
    if not portal.dials.rotate_refresh_token:
        return text
    del portal.access.refresh_tokens[text]
    return portal.access.new_refresh_token(form["client_id"])


def _code(portal: Portal, form: Form) -> str:
    if portal.access.codes.pop(form.get("code", ""), None) != form["client_id"]:
        raise _refused("BAD_AUTH_CODE", "missing or unknown auth code")
    if not form.get("redirect_uri"):
        raise _refused("BAD_REDIRECT_URI", "missing redirect_uri")
    return portal.access.new_refresh_token(form["client_id"])


def _credentials(_portal: Portal, _form: Form) -> None:
    return None


_GRANTS: dict[str, Callable[[Portal, Form], str | None]] = {
    "refresh_token": _refresh,
    "authorization_code": _code,
    "client_credentials": _credentials,
}


def _refused(status: str, message: str) -> Refusal:
    return Refusal(400, "", message, more={"status": status})
