"""The lead form webhook: the key in the body, the one lead that a delivery holds, and the answers. All pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from connectors.google_ads_leads.leads import KEY_FIELD, LEAD, read_document, read_lead
from connectors.google_ads_leads.settings import GoogleAdsLeadsSettings
from core.contract import Event, InboundRequest, Invalid, Outcome, Reply, SignatureInvalid, record_key
from core.contract.pushes import RETRY_SECONDS


def verify_request(request: InboundRequest, settings: GoogleAdsLeadsSettings) -> None:
    """Compare the body's `google_key` with every configured key, all of them, in constant time; raises SignatureInvalid.

    Hashes are compared, because a comparison of texts of different length ends early.
    """
    try:
        given = read_document(request.body).get(KEY_FIELD)
    except Invalid as error:
        raise SignatureInvalid("The delivery cannot be read, so it shows no key.") from error
    if not isinstance(given, str) or not given:
        raise SignatureInvalid("The delivery shows no key; type one beside the webhook's URL in the lead form.")
    claim = _hashed(given)
    matches = [hmac.compare_digest(claim, _hashed(key.get_secret_value())) for key in settings.keys]
    if not any(matches):
        raise SignatureInvalid("The key of the delivery is none of this connection's.")


def _hashed(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def parse_events(request: InboundRequest) -> Sequence[Event]:
    """Tell the lead of a delivery; its id is Google's `lead_id`, which is the same however often it is delivered."""
    change = read_lead(read_document(request.body), request.received_at)
    return [Event(record_key(LEAD, change.id), change=change, flag=change.flag)]


def answer_request(outcome: Outcome) -> Reply:
    """Answer in JSON, as Google asks ('Implementation': `{}` for success, `{"message": …}` for a failure).

    A delivery with the right key that cannot be read is acknowledged and waits in quarantine: Google would not send it
    in another form.
    """
    match outcome:
        case Outcome.STORED | Outcome.INVALID:
            return _json(200, {})
        case Outcome.REFUSED:
            return _json(401, {"message": "The key is not the one of this endpoint."})
        case Outcome.UNAVAILABLE:
            return _json(503, {"message": "Not stored; send it again."}, **{"retry-after": RETRY_SECONDS})


def _json(status: int, body: Mapping[str, str], **headers: str) -> Reply:
    return Reply(status, json.dumps(body).encode("ascii"), {"content-type": "application/json", **headers})
