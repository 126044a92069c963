"""Domains of throw-away mailboxes that are met most: who gives one of them does not want to be written to."""

from __future__ import annotations

DISPOSABLE = frozenset(
    """
    0-mail.com 10minutemail.com 10minutemail.net 20minutemail.com 33mail.com anonbox.net anonymbox.com burnermail.io byom.de
    cock.li deadaddress.com discard.email discardmail.com discardmail.de dispostable.com dropmail.me einrot.com emailfake.com
    emailondeck.com emailsensei.com emltmp.com existiert.net fakeinbox.com fakemail.net fakemailgenerator.com fleckens.hu
    getairmail.com getnada.com gishpuppy.com grr.la guerrillamail.biz guerrillamail.com guerrillamail.de guerrillamail.info
    guerrillamail.net guerrillamail.org guerrillamailblock.com gustr.com harakirimail.com inboxbear.com inboxkitten.com
    incognitomail.com jetable.org jourrapide.com kurzepost.de linshiyouxiang.net mail-temp.com mail-temporaire.fr mail.tm
    mailcatch.com maildrop.cc mailexpire.com mailforspam.com mailinator.com mailinator.net mailinator2.com mailmetrash.com
    mailmoat.com mailnesia.com mailnull.com mailpoof.com mailsac.com mailslurp.com mailtemp.net meltmail.com minuteinbox.com
    mintemail.com mohmal.com moakt.com mvrht.net mytemp.email mytrashmail.com nada.email nospam.ze.tc objectmail.com
    one-time.email owlymail.com pokemail.net protonmail.pw proxymail.eu rcpt.at rhyta.com safetymail.info sharklasers.com
    shortmail.net sneakemail.com sofort-mail.de spam4.me spambog.com spambox.us spamex.com spamgourmet.com spamherelots.com
    spamhole.com spaml.de spoofmail.de superrito.com teleworm.us temp-mail.io temp-mail.org tempail.com tempe-mail.com
    tempinbox.com tempmail.com tempmail.de tempmail.net tempmailaddress.com tempmailo.com tempomail.fr temporaryinbox.com
    thankyou2010.com throwam.com throwawaymail.com tmail.ws tmpmail.net tmpmail.org trash-mail.com trash-mail.de trashmail.com
    trashmail.de trashmail.io trashmail.me trashmail.net trashmail.ws trbvm.com wegwerfemail.de wegwerfmail.de wegwerfmail.net
    wegwerfmail.org wh4f.org yopmail.com yopmail.fr yopmail.net zehnminutenmail.de
    """.split()  # noqa: SIM905 - a list of 150 quoted words reads worse
)
