"""The table of defaults: what an error status means when no row of the connector knows better."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.contract import (
    AuthFailed,
    ConnectorError,
    ContractBroken,
    Missing,
    PermissionMissing,
    RateLimited,
    Request,
    Response,
    Unavailable,
)
from core.contract.http import ErrorRow
from core.runtime.http.pressure import read_retry_after
from core.runtime.http.wording import Wording, vendor_code

_TRY_LATER = frozenset({408, 425})


def is_success(request: Request, status: int) -> bool:
    """Whether the connector gets the answer as it is; a redirect it did not ask for is none."""
    return 200 <= status < 300 or status in request.accept


def error_for(request: Request, response: Response, rows: Sequence[ErrorRow], wording: Wording, now: datetime) -> ConnectorError:
    """Ask the connector's rows in order, then the defaults."""
    for row in rows:
        error = row(response)
        if error is not None:
            return error
    return _default_error(request, response, wording, now)


def refused_credentials(wording: Wording) -> AuthFailed:
    """Word the error for credentials that stay refused."""
    return AuthFailed(wording.about("refused the credentials"), hint=wording.check_hint)


def _default_error(request: Request, response: Response, wording: Wording, now: datetime) -> ConnectorError:
    status = response.status
    code = vendor_code(response)
    answered = f"answered {request.method} {wording.path(request.url)} with HTTP {status}{f' {code}' if code else ''}"
    if status in _TRY_LATER or status >= 500:
        return Unavailable(wording.about(answered), outcome_unknown=not request.is_repeatable)
    match status:
        case 401:
            return refused_credentials(wording)
        case 403:
            hint = f"Grant the missing permission there and run `leadloom check {wording.connection}`."
            return PermissionMissing(wording.about(answered), hint=hint, scope=code)
        case 404:
            return Missing(wording.about(answered))
        case 429:
            return RateLimited(wording.about(answered), retry_after=read_retry_after(response.headers, now))
        case _:
            return ContractBroken(
                wording.about(answered), hint="This is a bug of the connector or a change of the vendor's API; report it."
            )
