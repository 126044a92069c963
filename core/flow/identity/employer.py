"""The company where a person works, as keys that the company's own golden record would have."""

from __future__ import annotations

from collections.abc import Mapping

from core.flow.identity.keys import Digest, account_keys
from core.model.records import IdentityKey, Scalar, Value

FREEMAIL = frozenset(
    """
    126.com 163.com aim.com aol.com att.net bellsouth.net bluewin.ch btinternet.com charter.net comcast.net cox.net daum.net
    earthlink.net email.it fastmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com
    hanmail.net hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.fr hotmail.it icloud.com inbox.com interia.pl laposte.net
    libero.it live.co.uk live.com live.nl mac.com mail.com mail.de mail.ru me.com msn.com naver.com o2.pl online.de orange.fr
    outlook.com outlook.de outlook.fr pm.me posteo.de proton.me protonmail.com qq.com rediffmail.com rocketmail.com sbcglobal.net
    seznam.cz sfr.fr shaw.ca sina.com sky.com t-online.de telenet.be telia.com tin.it tiscali.it verizon.net virgilio.it
    wanadoo.fr web.de wp.pl xs4all.nl yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr
    yahoo.it yandex.ru ymail.com zoho.com
    """.split()  # noqa: SIM905 - a list of 90 quoted words reads worse
)
"""Domains where anybody may have an address: they say nothing about an employer."""


def employer_keys(values: Mapping[str, Scalar], digest: Digest) -> tuple[IdentityKey, ...]:
    """Derive the keys of the company from a person's values: by its domain first, then by its name and country."""
    domain = str(values.get("domain") or "") or str(values.get("email") or "").rpartition("@")[2]
    by_domain = {"domain": Value(domain)} if domain and domain.casefold() not in FREEMAIL else {}
    by_name = {"name": Value(values.get("company")), "country": Value(values.get("country"))}
    return (*account_keys(by_domain, digest), *account_keys(by_name, digest))
