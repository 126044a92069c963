"""The errors of the Graph API: one exception, rendered in Graph's envelope.

Most errors answer 400 and carry their cause in `code`; a client that goes by the status alone misreads them
(Graph API, "Handling Errors"). Message texts are our own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sandbox.wire import Answer, json_answer

TOKEN_DEAD = 190
BAD_PARAMETER = 100
UNKNOWN_PATH = 2500
LEADGEN_QUOTA = 80005


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is refused: `code` and `subcode` in Graph's terms, `status` for HTTP."""

    code: int
    message: str
    status: int = 400
    subcode: int | None = None
    type: str = "OAuthException"
    transient: bool = False

    def answer(self, trace_id: str) -> Answer:
        """Render Graph's error envelope; a dead token also gets the OAuth challenge header."""
        error: dict[str, Any] = {"message": self.message, "type": self.type, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.transient:
            error["is_transient"] = True
        challenge = f'OAuth "Facebook Platform" "invalid_token" "{self.message}"'
        headers = {"www-authenticate": challenge} if self.code == TOKEN_DEAD else {}
        return json_answer({"error": {**error, "fbtrace_id": trace_id}}, self.status, headers)


class GraphError(Exception):
    """Raised where a call is refused, rendered once at the door."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


ON_DEMAND = MappingProxyType(
    {
        1: Refusal(1, "An unknown error occurred; try again later.", 500, transient=True),
        2: Refusal(2, "The service is unavailable for the moment; try again later.", 500, transient=True),
        4: Refusal(4, "(#4) Application request limit reached.", 403, transient=True),
        10: Refusal(10, "(#10) The application has no permission for this action.", 403),
        17: Refusal(17, "(#17) User request limit reached.", 400, 2446079, transient=True),
        32: Refusal(32, "(#32) Page request limit reached.", 403, transient=True),
        190: Refusal(190, "The access token could not be decrypted.", 400),
        200: Refusal(200, "(#200) A permission of this token is missing.", 403),
        341: Refusal(341, "(#341) Application limit reached.", 400, transient=True),
        368: Refusal(368, "(#368) The action is blocked for a while because of policy.", 400, transient=True),
        613: Refusal(613, "(#613) Calls to this api have exceeded the rate limit.", 400, transient=True),
        80005: Refusal(LEADGEN_QUOTA, "(#80005) There have been too many lead calls for this Page; wait a bit.", 400, 2446079),
    }
)
"""What the `fail` dial can answer. Retry is advised for 1, 2, 4, 17, 341 and 368; 190 means a new token is needed."""


def not_found(identifier: str, verb: str = "get") -> GraphError:
    """The one answer for an id that does not exist, has expired, or belongs to a Page that the token cannot see."""
    message = f"Unsupported {verb} request. Object with ID '{identifier}' does not exist or cannot be loaded due to missing permissions."
    return GraphError(Refusal(BAD_PARAMETER, message, subcode=33, type="GraphMethodException"))


def no_field(field: str, node: str) -> GraphError:
    """A field or edge was named that the node does not have."""
    return GraphError(Refusal(BAD_PARAMETER, f"(#100) Tried accessing nonexisting field ({field}) on node type ({node})"))


def bad_parameter(message: str) -> GraphError:
    """A parameter has the wrong form."""
    return GraphError(Refusal(BAD_PARAMETER, f"(#100) {message}"))


def no_path(path: str) -> GraphError:
    """The path names no node, or a version that does not exist."""
    return GraphError(Refusal(UNKNOWN_PATH, f"Unknown path components: {path}"))


def no_token() -> GraphError:
    """The call carried no access token at all."""
    return GraphError(Refusal(104, "An access token is required to request this resource."))


def bad_token() -> GraphError:
    """The token is not one that was ever issued."""
    return GraphError(Refusal(TOKEN_DEAD, "Invalid OAuth access token - cannot parse access token"))


def expired_token() -> GraphError:
    """The token was good once; the person has to log in again."""
    return GraphError(Refusal(TOKEN_DEAD, "Error validating access token: the session has expired.", 401, 463))


def missing_scope(scope: str) -> GraphError:
    """The token is good but lacks a permission."""
    return GraphError(Refusal(200, f"(#200) Requires {scope} permission to manage the object", 403))


def quota_used_up() -> GraphError:
    """The Page has had its LeadGen calls of the last 24 hours."""
    return GraphError(ON_DEMAND[LEADGEN_QUOTA])
