"""The company where a person works, as keys that the company's own golden record would have."""

from __future__ import annotations

from collections.abc import Mapping

from core.flow.identity.keys import Digest, account_keys
from core.flow.quality.domains import is_freemail
from core.flow.quality.mailbox import is_disposable
from core.model.records import EMPLOYED, IdentityKey, Scalar, Value


def employer_keys(values: Mapping[str, Scalar], digest: Digest) -> tuple[IdentityKey, ...]:
    """Derive the keys of the company from a person's values: by its domain first, then by its name and country."""
    domain = str(values.get("domain") or "") or str(values.get("email") or "").rpartition("@")[2]
    by_domain = {"domain": Value(domain)} if domain and not is_freemail(domain) and not is_disposable(domain) else {}
    by_name = {"name": Value(values.get("company")), "country": Value(values.get("country"))}
    return (*account_keys(by_domain, digest), *account_keys(by_name, digest))


def employed_key(golden_id: str, digest: Digest) -> IdentityKey:
    """The key that leads from a person to the account that was matched, or to nobody where somebody said that none is right."""
    return IdentityKey(EMPLOYED, digest(EMPLOYED, golden_id))
