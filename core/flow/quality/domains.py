"""Domains: which part of a host somebody registered, and which belong to mail providers rather than to companies."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

FREEMAIL = frozenset(
    """
    126.com 163.com 1und1.de 21cn.com a1.net abv.bg aim.com alice.it aliceadsl.fr aol.com aol.de aol.fr arcor.de att.net bbox.fr
    bellsouth.net bigpond.com bk.ru bluewin.ch blueyonder.co.uk bol.com.br btinternet.com centrum.cz charter.net chello.at
    chello.nl club-internet.fr comcast.net cox.net daum.net duck.com earthlink.net email.com email.cz email.de email.it
    fastmail.com fastmail.fm foxmail.com free.fr freemail.hu freenet.de frontier.com gmail.com gmx.com gmx.net gmx.org
    googlemail.com hanmail.net hetnet.nl hey.com home.nl hotmail.com hushmail.com icloud.com ig.com.br inbox.com inbox.lv inbox.ru
    interia.eu interia.pl juno.com kabelmail.de kpnmail.nl laposte.net libero.it list.ru live.be live.ca live.co.uk live.com
    live.com.au live.com.mx live.de live.dk live.fr live.it live.nl live.se lycos.com mac.com mail.bg mail.com mail.de mail.ee
    mail.ru mailbox.org mailfence.com me.com msn.com mweb.co.za nate.com naver.com netcologne.de netscape.net neuf.fr ntlworld.com
    o2.pl o2online.de onet.pl online.de online.no optonline.net optusnet.com.au orange.fr outlook.at outlook.be outlook.com
    outlook.com.br outlook.de outlook.dk outlook.es outlook.fr outlook.ie outlook.it outlook.jp pacbell.net planet.nl pm.me
    posteo.at posteo.ch posteo.de posteo.net proton.me protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com
    roadrunner.com rocketmail.com rogers.com runbox.com sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sina.com sky.com skynet.be
    sohu.com spray.se sunrise.ch swisscom.ch sympatico.ca t-online.de talktalk.net telefonica.net telenet.be telia.com telus.net
    terra.com.br terra.es tin.it tiscali.co.uk tiscali.it tlen.pl tuta.com tuta.io tutamail.com tutanota.com tutanota.de ukr.net
    unitybox.de uol.com.br upcmail.nl utanet.at verizon.net versanet.de videotron.ca virgilio.it virgin.net virginmedia.com
    vodafone.de vodafone.it vodafonemail.de volny.cz wanadoo.fr web.de webmail.co.za windowslive.com windstream.net wp.pl
    xs4all.nl xtra.co.nz ya.ru yahoo.com yandex.by yandex.com yandex.kz yandex.ru yandex.ua ymail.com zeelandnet.nl ziggo.nl
    zoho.com zohomail.com zohomail.eu zonnet.nl
    """.split()  # noqa: SIM905 - a list of 200 quoted words reads worse
)
"""Domains where anybody may have an address: they say nothing about an employer."""

FAMILIES = re.compile(r"(yahoo|hotmail|gmx)\.(com?\.)?[a-z]{2}", re.ASCII)
"""Mail providers that have a domain in almost every country."""

_HOST = re.compile(r"[^\s:]+\.[^\s:]+")
_LONGEST_HOST = 253
_DIGITS_AND_POINTS = re.compile(r"[\d.]+|0x[\da-f]+", re.ASCII)


def is_freemail(domain: str) -> bool:
    """Whether anybody may have an address at this domain, or at a host below it, so that it names no company."""
    host = domain.strip().strip(".").casefold()
    return host in FREEMAIL or FAMILIES.fullmatch(host) is not None or (host.count(".") > 1 and registrable(host) in FREEMAIL)


@lru_cache(maxsize=20_000)
def registrable(host: str) -> str | None:
    """Give the part of a host that somebody registered: `example.co.uk` of `www.shop.example.co.uk`; lower case, no point at the end.

    None for an IP address, for a public suffix itself, and for what is no host. The list of public suffixes comes with the
    package `publicsuffixlist`; nothing is downloaded. A suffix that the list does not hold is its last part.
    """
    name = host.strip().strip(".").casefold()
    if len(name) > _LONGEST_HOST or not _HOST.fullmatch(name) or _DIGITS_AND_POINTS.fullmatch(name):
        return None
    return _suffixes().privatesuffix(name)


@cache
def _suffixes() -> PublicSuffixList:
    """Read the list that the package bundles: 0.3 s and 3 MiB, with the first domain that is asked for."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
