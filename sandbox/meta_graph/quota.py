"""The LeadGen quota of a Page: calls in 24 hours against leads of the last 90 days.

Retrieving Leads, "Rate Limits": 200 x 24 x the leads that the Page created in the past 90 days.
"""

from __future__ import annotations

import json
import math
from collections import deque
from datetime import datetime

from sandbox.meta_graph.refusals import quota_used_up
from sandbox.meta_graph.state import LEAD_LIFE_SECONDS, Graph

_WINDOW_SECONDS = 86_400


class LeadgenQuota:
    """Count the lead calls of each Page; refused calls do not count."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._calls: dict[str, deque[float]] = {}

    def charge(self, page_id: str, now: datetime) -> None:
        """Count one call; `GraphError` 80005 when the allowance is used up."""
        calls = self._recent(page_id, now)
        if len(calls) >= self.allowance(page_id, now):
            raise quota_used_up()
        calls.append(now.timestamp())

    def allowance(self, page_id: str, now: datetime) -> int:
        """Calls allowed in 24 hours; `quota_floor` keeps a Page without leads readable, which Meta's formula does not promise."""
        settings = self._graph.settings
        leads = self._graph.leads_since(page_id, now.timestamp() - LEAD_LIFE_SECONDS)
        return max(settings.quota_per_lead * leads, settings.quota_floor)

    def usage_header(self, page_id: str, now: datetime) -> dict[str, str]:
        """`X-Business-Use-Case-Usage`: use in percent, and the minutes until calls are possible again (0 while they are)."""
        calls = self._recent(page_id, now)
        allowance = self.allowance(page_id, now)
        percent = math.floor(100 * len(calls) / allowance) if allowance else 100
        wait = calls[0] + _WINDOW_SECONDS - now.timestamp() if calls else _WINDOW_SECONDS
        usage = {
            "type": "leadgen",
            "call_count": percent,
            "total_cputime": 0,
            "total_time": 0,
            "estimated_time_to_regain_access": math.ceil(wait / 60) if len(calls) >= allowance else 0,
        }
        return {"x-business-use-case-usage": json.dumps({page_id: [usage]}, separators=(",", ":"))}

    def _recent(self, page_id: str, now: datetime) -> deque[float]:
        calls = self._calls.setdefault(page_id, deque())
        while calls and calls[0] <= now.timestamp() - _WINDOW_SECONDS:
            calls.popleft()
        return calls
