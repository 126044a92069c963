"""All events that are logged, in one place; a test compares this list with the docs."""

from __future__ import annotations

from enum import StrEnum


class EventCode(StrEnum):
    """What can be in the log; the value is stable and may be searched for."""

    SERVER_STARTED = "server.started"
    SERVER_STOPPED = "server.stopped"
    ENGINE_STARTED = "engine.started"
    ENGINE_STOPPED = "engine.stopped"
    ENGINE_DIED = "engine.died"
    LANE_DONE = "lane.done"
    LANE_WAITS = "lane.waits"
    LANE_FAILED = "lane.failed"
    CONNECTION_PAUSED = "connection.paused"
    CONNECTION_RESUMED = "connection.resumed"
    INTAKE_REFUSED = "intake.refused"
    INTAKE_UNAVAILABLE = "intake.unavailable"
    INTAKE_SIGNATURES = "intake.signatures"
    SOURCE_SILENT = "source.silent"
    SOURCE_BACK = "source.back"
    SOURCE_BACKFILL = "source.backfill"
    SUBSCRIPTION_RENEWED = "subscription.renewed"
    SUBSCRIPTION_REFUSED = "subscription.refused"
    SUBSCRIPTION_ENDS = "subscription.ends"
    MAPPINGS_LOADED = "mappings.loaded"
    MAPPINGS_INVALID = "mappings.invalid"
    SQLITE_OLD = "sqlite.old"


EXPLANATIONS: dict[EventCode, str] = {
    EventCode.SERVER_STARTED: "The server listens; `address` tells where.",
    EventCode.SERVER_STOPPED: "The server has ended; everything acknowledged is on disk.",
    EventCode.ENGINE_STARTED: "The engine process has started because there is work.",
    EventCode.ENGINE_STOPPED: "The engine process has ended because there was nothing to do.",
    EventCode.ENGINE_DIED: "The engine process ended by itself; it is started again. Look for the cause if it repeats.",
    EventCode.LANE_DONE: "A lane did its work; the counts tell what.",
    EventCode.LANE_WAITS: "A lane tries again later; `code` tells why, `seconds` when.",
    EventCode.LANE_FAILED: "A lane met a bug; it tries again at the longest interval. Report it with the type.",
    EventCode.CONNECTION_PAUSED: "A connection was paused until somebody acts; `leadloom status` tells what to do.",
    EventCode.CONNECTION_RESUMED: "A paused connection works again.",
    EventCode.INTAKE_REFUSED: "A delivery at the webhook door was refused; `rule` tells why.",
    EventCode.INTAKE_UNAVAILABLE: "A delivery could not be stored and was answered 503; the sender will try again.",
    EventCode.INTAKE_SIGNATURES: "Signatures are refused as they are when a secret is wrong; `leadloom status` tells what to do.",
    EventCode.SOURCE_SILENT: "A source has given nothing for `seconds`, much longer than usual; told once for each silence.",
    EventCode.SOURCE_BACK: "A source that was silent gives again.",
    EventCode.SOURCE_BACKFILL: "A silent source was read once, from where its last read ended; `count` records were new.",
    EventCode.SUBSCRIPTION_RENEWED: "A subscription at a vendor's was renewed before its end, or put back.",
    EventCode.SUBSCRIPTION_REFUSED: "The renewal of a subscription was refused; `leadloom status` tells when it ends and what to do.",
    EventCode.SUBSCRIPTION_ENDS: "A subscription or an access is broken, or ends soon and only a person renews it; see `leadloom status`.",
    EventCode.MAPPINGS_LOADED: "The mappings in force have changed.",
    EventCode.MAPPINGS_INVALID: "A mapping file is not sound; the last sound version stays in force. Run `leadloom check`.",
    EventCode.SQLITE_OLD: "This machine's SQLite has a known fault that Leadloom works around.",
}
"""What each event means, for the reference page."""
