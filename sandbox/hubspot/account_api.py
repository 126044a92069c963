"""What the account says of itself: details and today's use."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sandbox.hubspot.call import Call
from sandbox.hubspot.moments import iso
from sandbox.hubspot.portal import Portal
from sandbox.wire import Answer, json_answer


def details(portal: Portal, call: Call) -> Answer:
    """GET account-info/details."""
    zone = ZoneInfo(portal.dials.time_zone)
    offset = call.now.astimezone(zone).utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    return json_answer(
        {
            "portalId": portal.dials.portal_id,
            "accountType": "SANDBOX",
            "timeZone": portal.dials.time_zone,
            "companyCurrency": "EUR",
            "additionalCurrencies": [],
            "utcOffset": f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}",
            "utcOffsetMilliseconds": minutes * 60_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "eu1",
        }
    )


def daily_usage(portal: Portal, call: Call) -> Answer:
    """GET account-info/api-usage/daily/private-apps; the count starts again at the account's own midnight."""
    zone = ZoneInfo(portal.dials.time_zone)
    tomorrow = call.now.astimezone(zone).date() + timedelta(days=1)
    entry = {
        "name": "api-calls-daily",
        "usageLimit": portal.dials.daily_limit,
        "currentUsage": portal.limits.used_today(call.now, portal.dials),
        "collectedAt": iso(call.now),
        "fetchStatus": "SUCCESS",
        "resetsAt": iso(datetime.combine(tomorrow, time(), zone)),
    }
    return json_answer({"results": [entry]})
