"""The match lane on the real store: what is proposed, what ends, what a person's word does, and what a crash leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, update

from core.model.ids import GoldenId
from core.runtime.desk.merging import merge, tell_different, unmerge_nothing
from core.runtime.lanes.names import LaneKind, LaneName
from core.store.queries.matching import open_pairs
from core.store.tables import GoldenRow, MatchDueRow, MatchKeyRow, MatchProfileRow, ReviewPairRow
from tests.support.builders import rules
from tests.support.engine import WORKSPACE, Crash, Engine, running
