"""One step of any lane: take the lease, do the work, give the lane back with the time when it is due again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.contract import ConfigInvalid, ConnectorError, ContractBroken, RateLimited, Role, StopConnection, TryLater
from core.contract.manifest import FindFacts
from core.flow.delivery.policy import RetryPolicy
from core.flow.delivery.run import deliver
from core.flow.delivery.work import Hands, SafetyStop, Target
from core.flow.enrich.run import Asking, Enriching, enrich
from core.flow.identity.account_rules import AccountRules
from core.flow.intake.poll import Reading, fetch_pushed, read_source
from core.flow.intake.referring import read_references
from core.flow.pipeline import Rules, compiled_sync
from core.flow.reconcile.lines import rules_of
from core.flow.reconcile.sift import Sieve
from core.observe.events import EventCode
from core.observe.log import note, warn
from core.runtime.connections import Connections, OpenConnection
from core.runtime.lanes.deciding import Deciding
from core.runtime.lanes.match_bounds import MatchBounds
from core.runtime.lanes.names import DECIDE, LaneKind, LaneName
from core.runtime.lanes.renewing import Renewing
from core.runtime.lanes.replanning import Replanning
from core.runtime.urgency import background
from core.store.commands.full_reads import EndAdoption
from core.store.commands.lanes import FinishLane, LeaseLost, RenewLease, RunReport, SetPause, TakeLease
from core.store.queries.full_reads import full_read_of
from core.store.queries.lanes import lane_attempts
from core.store.store import Store

WARN_DAYS = 14.0
"""How long before an end that only a person can move they are told, where nothing else is set."""
MAPPING_LOOK_SECONDS = 30.0
"""How often a lane that has lost its mapping, or waits for an adoption, looks again; to look costs nothing."""


class MappingGone(TryLater):
    """Records wait for a mapping that is not there any more."""


class AdoptionGoesOn(TryLater):
    """Nothing is written before all records that are there have been seen and decided."""


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """How lanes work: batch size of a decision, seconds of a lease, the retry schedule, what providers are asked, and so on."""

    batch: int = 400
    lease_seconds: float = 60.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    stop: SafetyStop = field(default_factory=SafetyStop)
    enrich: Mapping[str, Asking] = field(default_factory=dict)
    warn_days: Mapping[str, float] = field(default_factory=dict)
    match: MatchBounds = field(default_factory=MatchBounds)
    accounts: AccountRules = field(default_factory=AccountRules)


@dataclass(frozen=True, slots=True)
class StepReport:
    """What a step did; `busy` when another worker holds the lane."""

    counts: dict[str, int]
    error: ConnectorError | None = None
    busy: bool = False


@dataclass(frozen=True, slots=True)
class _Ran:
    """A pass that is over; its writes are logged under the same id as the pass itself."""

    run_id: str
    started: datetime
    counts: dict[str, int]
    error: ConnectorError | None


class LaneWorker:
    """Carries out steps; threads may share it, each on a lane of its own."""

    def __init__(
        self, *, store: Store, connections: Connections, rules: Callable[[], Rules], now: Callable[[], datetime], settings: LaneSettings
    ) -> None:
        """Take what lanes work with."""
        self._store = store
        self._connections = connections
        self._rules = rules
        self._now = now
        self._settings = settings

    def step(self, lane: LaneName) -> StepReport:
        """Do all that is due on a lane now."""
        started = self._now()
        lease = timedelta(seconds=self._settings.lease_seconds)
        attempts = lane_attempts(self._store, str(lane))
        token = self._store.write(TakeLease(self._store.workspace, str(lane), lane.connection, started, started + lease))
        if token is None:
            return StepReport({}, busy=True)
        run_id = self._store.new_id()
        try:
            counts, error = self._work(lane, token, run_id)
        except LeaseLost:
            return StepReport({}, busy=True)
        except ConnectorError as failure:
            counts, error = {}, failure
        except Exception as failure:  # noqa: BLE001 - the lane's own net: a bug in one lane must not end the others
            counts, error = {}, _bug(failure)
        self._connections.flush_calls()
        self._finish(lane, token, attempts, _Ran(run_id, started, counts, error))
        return StepReport(counts, error)

    def _work(self, lane: LaneName, token: int, run_id: str) -> tuple[dict[str, int], ConnectorError | None]:
        renew = self._renewal(lane, token)
        if not lane.connection:
            return self._work_at_home(lane, token, renew), None
        connection = self._connections.open(lane.connection)
        if lane.kind is LaneKind.DELIVER:
            return self._deliver(lane, token, run_id, renew)
        if lane.kind is LaneKind.ENRICH:
            return self._enrich(lane, token, renew)
        if lane.kind is LaneKind.RENEW:
            return self._renewing(lane, connection).run()
        reading = Reading(
            lane.connection,
            lane.object,
            connection.connector,
            str(lane),
            token,
            DECIDE,
            self._now,
            renew,
            *self._followed(lane),
            is_source=Role.WRITES not in connection.manifest.roles,
        )
        known_by = connection.manifest.references.get(lane.object)
        if lane.kind is LaneKind.READ and known_by is not None:
            return read_references(self._store, reading, known_by, str(LaneName(LaneKind.REPLAN)))
        if lane.kind is LaneKind.READ:
            return read_source(self._store, reading, background)
        return fetch_pushed(self._store, reading, lambda name: (connection.manifest.facts(name).finds or FindFacts()).batch)

    def _work_at_home(self, lane: LaneName, token: int, renew: Callable[[], None]) -> dict[str, int]:
        """The lanes that belong to no connection."""
        if lane.kind is LaneKind.DECIDE:
            return Deciding(self._store, self._rules, self._now, DECIDE).run(token, self._settings.batch, renew)
        if lane.kind is LaneKind.REPLAN:
            return Replanning(self._store, self._rules(), self._now, str(lane)).run(token, renew)
        from core.runtime.lanes.matching import Matching  # the model and its word lists: only where there is something to match

        return Matching(self._store, self._rules, self._now, (self._settings.match, self._settings.accounts)).run(token, renew)

    def _followed(self, lane: LaneName) -> tuple[Callable[[str], bool], Sieve | None]:
        """Which objects of the connection are followed by a two-way mapping, and the sieve for the lane's own."""
        rules = self._rules()
        followed = {m.object: m for m in rules.sync if m.connection == lane.connection and m.is_two_way}
        mapping = followed.get(lane.object)
        if mapping is None:
            return followed.__contains__, None
        takes_all = rules.inbound_for(lane.connection, lane.object) is not None
        return followed.__contains__, Sieve(mapping, compiled_sync(mapping), self._store.vault.digest, takes_all=takes_all)

    def _deliver(self, lane: LaneName, token: int, run_id: str, renew: Callable[[], None]) -> tuple[dict[str, int], ConnectorError | None]:
        if self._is_held(lane):
            return {}, AdoptionGoesOn(hint=f"It goes on by itself. `leadloom adopt {lane.connection} {lane.object}` shows how far it is.")
        mapping = next((m for m in self._rules().sync if m.connection == lane.connection and m.object == lane.object), None)
        if mapping is None:
            return {}, MappingGone(
                f"No sync mapping writes '{lane.object}' of '{lane.connection}' any more, but records wait for it.",
                hint="Bring the mapping back, or let the records go with `leadloom run replan`.",
            )
        connection = self._connections.open(lane.connection)
        target = Target(
            connection=lane.connection,
            object=lane.object,
            external_id=mapping.external_id,
            match=mapping.match,
            rules=rules_of(mapping),
            facts=connection.manifest.facts(lane.object),
            find_lag=connection.manifest.find_lag,
            connector=connection.connector,
            stop=self._settings.stop,
            subject=mapping.subject,
            group=mapping.group,
            find_sizes={each.object: (connection.manifest.facts(each.object).finds or FindFacts()).batch for each in mapping.group.members},
        )
        hands = Hands(str(lane), token, run_id, self._now, self._store.new_id, renew, self._settings.retry, DECIDE)
        tally = deliver(self._store, target, hands)
        return tally.counts, tally.error

    def _enrich(self, lane: LaneName, token: int, renew: Callable[[], None]) -> tuple[dict[str, int], ConnectorError | None]:
        """Ask only where a mapping takes the answers: each of them may cost money."""
        asking = self._settings.enrich.get(lane.connection)
        if asking is None:
            setting = f"connections.{lane.connection}.enrich"
            return {}, ConfigInvalid(f"Connection '{lane.connection}' is not set up to enrich.", setting=setting, hint=f"Set {setting}.")
        mapping = self._rules().inbound_for(lane.connection, asking.subject)
        if mapping is None or mapping.subject.value != asking.subject:
            hint = f"Add an inbound mapping from '{lane.connection}' to {asking.subject}; its README has one to start from."
            return {}, MappingGone(f"No inbound mapping takes the answers of '{lane.connection}' to {asking.subject}.", hint=hint)
        opened = self._connections.open(lane.connection)
        if Role.ENRICHES not in opened.manifest.roles:
            return {}, ConfigInvalid(f"The connector '{opened.manifest.id}' of '{lane.connection}' does not enrich.", setting="connector")
        batch = opened.manifest.enrich_batch
        return enrich(self._store, Enriching(lane.connection, opened.connector, asking, str(lane), token, DECIDE, self._now, renew, batch))

    def _renewing(self, lane: LaneName, connection: OpenConnection) -> Renewing:
        facts = connection.manifest.subscription
        if facts is None:
            raise ConfigInvalid(f"The connector of '{lane.connection}' subscribes to nothing.", setting="connector")
        days = self._settings.warn_days.get(lane.connection, WARN_DAYS)
        return Renewing(self._store, lane.connection, connection.connector, facts, self._now, days)

    def _is_held(self, lane: LaneName) -> bool:
        """Whether an adoption goes on; one that is through is brought to its end here, if nobody else did."""
        with self._store.snapshot() as snapshot:
            full = full_read_of(snapshot, lane.connection, lane.object)
        if full is None or not full.holds:
            return False
        return self._store.write(EndAdoption(self._store.workspace, lane.connection, lane.object, self._now())) is None

    def _renewal(self, lane: LaneName, token: int) -> Callable[[], None]:
        """Prolong the lease when half of it is gone; cheap to call before every request."""
        lease = timedelta(seconds=self._settings.lease_seconds)
        state = {"until": self._now() + lease}

        def renew() -> None:
            now = self._now()
            if state["until"] - now < lease / 2:
                self._store.write(RenewLease(self._store.workspace, str(lane), token, now + lease))
                state["until"] = now + lease

        return renew

    def _finish(self, lane: LaneName, token: int, attempts: int, ran: _Ran) -> None:
        ended, error, started = self._now(), ran.error, ran.started
        did = {name: count for name, count in ran.counts.items() if count}
        run = RunReport(ran.run_id, started, ended, did) if did or error else None
        workspace = self._store.workspace
        if error is None:
            self._store.write(FinishLane(workspace, str(lane), token, None, run=run))
            if did:
                note(EventCode.LANE_DONE, lane=str(lane), counts=did, seconds=round((ended - started).total_seconds(), 3))
            return
        attempts += 1
        wait = self._wait(lane, error, attempts)
        self._store.write(
            FinishLane(
                workspace, str(lane), token, ended + timedelta(seconds=wait), attempts, error.code, error.message, error.hint, run=run
            )
        )
        if isinstance(error, StopConnection):
            self._store.write(SetPause(workspace, lane.connection, ended, error.code, error.message, error.hint))
            warn(EventCode.CONNECTION_PAUSED, connection=lane.connection, reason_code=error.code)
        else:
            code = EventCode.LANE_FAILED if isinstance(error, ContractBroken) else EventCode.LANE_WAITS
            cause = error.__cause__ or error
            warn(code, lane=str(lane), reason_code=error.code, seconds=round(wait, 1), type=type(cause).__name__)

    def _wait(self, lane: LaneName, error: ConnectorError, attempts: int) -> float:
        """A connector's bug will still be there in a minute; what ails a lane of our own (a full disk) may not."""
        if isinstance(error, MappingGone | AdoptionGoesOn):
            return MAPPING_LOOK_SECONDS
        if isinstance(error, ContractBroken) and lane.connection:
            return self._settings.retry.max_seconds
        return self._settings.retry.delay(attempts, error.retry_after if isinstance(error, RateLimited) else None)


def _bug(error: Exception) -> ContractBroken:
    wrapped = ContractBroken(
        f"The lane failed with {type(error).__name__}.", hint="This is a bug. Report it with the version and the time from the log."
    )
    wrapped.__cause__ = error
    return wrapped
