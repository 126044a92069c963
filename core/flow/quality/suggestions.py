"""Mistyped domains of the big mail providers: what was probably meant. A suggestion only: nothing is ever changed by it."""

from __future__ import annotations

from functools import cache, lru_cache

from core.flow.quality.disposable import DISPOSABLE
from core.flow.quality.domains import FAMILIES, FREEMAIL

_MEANT = [
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "yahoo.de",
    "yahoo.fr",
    "yahoo.it",
    "yahoo.es",
    "yahoo.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.fr",
    "hotmail.it",
    "hotmail.es",
    "hotmail.co.uk",
    "outlook.com",
    "outlook.de",
    "outlook.fr",
    "icloud.com",
    "protonmail.com",
    "comcast.net",
    "verizon.net",
    "freenet.de",
    "t-online.de",
    "libero.it",
    "orange.fr",
    "wanadoo.fr",
    "laposte.net",
    "btinternet.com",
    "rediffmail.com",
    "yandex.ru",
]
"""Providers with names so long that a neighbour by one letter is a slip of the hand; `gmx` and `aol` are not."""

_LONGEST = 20
"""Characters of a domain that are looked at: no provider's is longer."""

_SLIPS = {
    **dict.fromkeys(
        ["gmail.co", "gmail.con", "gmail.cm", "gmail.om", "gmail.comm", "gmail.coom", "gmail.cpm", "gmail.vom", "gmail.xom", "gmail"],
        "gmail.com",
    ),
    **dict.fromkeys(
        ["gmaill.co", "gmial.con", "gmai.co", "gamil.con", "gamail.com", "gmailcom", "gmail.c", "gnail.con", "g-mail.com"], "gmail.com"
    ),
    **dict.fromkeys(["gmil.con", "gmial.co", "gimal.com", "googlmail.de", "google-mail.com", "googelmail.de"], "gmail.com"),
    **dict.fromkeys(
        ["yahoo.co", "yahoo.con", "yahoo.cm", "yahoo.om", "yahoo.comm", "yaho.co", "yahho.con", "yahoomail.com", "yahoocom"], "yahoo.com"
    ),
    **dict.fromkeys(
        ["hotmail.co", "hotmail.con", "hotmail.cm", "hotmail.om", "hotmailcom", "homtail.com", "hotmaill.co", "htomail.co"], "hotmail.com"
    ),
    **dict.fromkeys(["hotamail.com", "hotmial.co", "hormail.com", "hotnail.com", "htmail.com"], "hotmail.com"),
    **dict.fromkeys(["outlook.co", "outlook.con", "outlook.cm", "outlook.om", "outlookcom", "outllook.con", "oulook.co"], "outlook.com"),
    **dict.fromkeys(
        ["icloud.co", "icloud.con", "icloud.cm", "icloud.om", "icoud.com", "icloude.com", "icluod.com", "iclod.com"], "icloud.com"
    ),
    **dict.fromkeys(["aol.con", "aol.cm", "aol.comm", "aol.om", "aolcom"], "aol.com"),
    **dict.fromkeys(["gmx.con", "gmx.cm", "gmx.comm"], "gmx.com"),
    **dict.fromkeys(["gmx.ed", "gmx.d", "gmx.dee", "gmxde", "gmx.dw", "gmy.de", "gxm.de"], "gmx.de"),
    **dict.fromkeys(["web.d", "web.dee", "webde", "wbe.de", "ewb.de", "weeb.de"], "web.de"),
    **dict.fromkeys(["msn.con", "msn.cm", "live.con", "live.cm", "me.con"], ""),
    **dict.fromkeys(["tonline.de", "t-onlin.de", "t-online.d", "t-onlie.de", "tonline.d", "t.online.de"], "t-online.de"),
    **dict.fromkeys(["hotmail.ed", "hotmal.de"], "hotmail.de"),
    **dict.fromkeys(["protonmail.con", "proton.mee", "protom.me"], "proton.me"),
}
_REAL = frozenset(
    """
    bmail.com cloud.com cmail.com dmail.com email.com emailn.de fmail.com freenet.am freenet.at freenet.com gmail.de hmail.com
    imail.com jmail.com kmail.com laposte.be libera.it mail.com nmail.com orange.be orange.ch orange.es orange.hu orange.pl
    pmail.com qmail.com rmail.com smail.com tmail.com umail.com vmail.com wmail.com xmail.com yandex.eu yandex.fr ymail.com
    zmail.com
    """.split()  # noqa: SIM905 - as the other lists of domains
)
"""Domains one letter away from a provider's that are somebody's own."""

_FAMILIES = ("live.", "msn.", "orange.", "outlook.", "yandex.")
"""Providers with a domain in many countries; a slip there is told by the table alone."""


@lru_cache(maxsize=5_000)
def suggest(domain: str) -> str | None:
    """Give the provider's domain that was probably meant; None where the domain may well be meant as it stands."""
    name = domain.casefold()
    if name in _SLIPS:
        return _SLIPS[name] or f"{name.partition('.')[0]}.com"
    if name in FREEMAIL or name in DISPOSABLE or name in _REAL or FAMILIES.fullmatch(name):
        return None
    if _is_in_family(name) or not name.isascii():
        return None
    if name in _neighbours():
        return _neighbours()[name]
    longer = next((cut for cut in _shorter(name) if cut in _MEANT), None)
    return longer or next((_neighbours()[mask] for mask in _masked(name) if mask in _neighbours()), None)


def _is_in_family(name: str) -> bool:
    return name.startswith(_FAMILIES) and len(name.rpartition(".")[2]) == 2


@cache
def _neighbours() -> dict[str, str]:
    """Each provider's domain without one of its letters, with two of them swapped, and with one of them masked."""
    found: dict[str, str] = {}
    for meant in _MEANT:
        swapped = [meant[:at] + meant[at + 1] + meant[at] + meant[at + 2 :] for at in range(len(meant) - 1)]
        for name in (*_shorter(meant), *swapped, *_masked(meant)):
            found.setdefault(name, meant)
    return found


def _shorter(name: str) -> list[str]:
    return [name[:at] + name[at + 1 :] for at in range(min(len(name), _LONGEST))]


def _masked(name: str) -> list[str]:
    return [f"{name[:at]}?{name[at + 1 :]}" for at in range(min(len(name), _LONGEST))]
