"""What a phone number tells: whether it is in use by its country's plan, what sort it is, and where it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache


class PhoneKind(StrEnum):
    """What sort of line a number is; `FIXED_OR_MOBILE` where the plan does not tell the two apart, as in North America."""

    MOBILE = "mobile"
    FIXED = "fixed"
    FIXED_OR_MOBILE = "fixed_or_mobile"
    TOLL_FREE = "toll_free"
    PREMIUM = "premium"
    VOIP = "voip"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PhoneFacts:
    """What the numbering plan says; `region` is an ISO 3166 alpha-2 code, None where the number belongs to no one country."""

    valid: bool
    kind: PhoneKind
    region: str | None


_UNKNOWN = PhoneFacts(valid=False, kind=PhoneKind.OTHER, region=None)


@lru_cache(maxsize=20_000)
def phone_facts(e164: str) -> PhoneFacts:
    """Look a number in E.164 up in its numbering plan; whatever is not such a number is not valid. Never raises.

    `valid` says that the number may exist, not that somebody answers.
    """
    import phonenumbers  # 3 MiB of numbering plans: only when a number is looked up

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return _UNKNOWN
    region = phonenumbers.region_code_for_number(number)
    kind = _kinds().get(phonenumbers.number_type(number), PhoneKind.OTHER)
    return PhoneFacts(phonenumbers.is_valid_number(number), kind, None if region in (None, "001", "ZZ") else region)


@cache
def _kinds() -> dict[int, PhoneKind]:
    from phonenumbers import PhoneNumberType as Type

    return {
        Type.MOBILE: PhoneKind.MOBILE,
        Type.FIXED_LINE: PhoneKind.FIXED,
        Type.FIXED_LINE_OR_MOBILE: PhoneKind.FIXED_OR_MOBILE,
        Type.TOLL_FREE: PhoneKind.TOLL_FREE,
        Type.PREMIUM_RATE: PhoneKind.PREMIUM,
        Type.SHARED_COST: PhoneKind.PREMIUM,
        Type.VOIP: PhoneKind.VOIP,
    }
