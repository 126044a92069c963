"""The first schema: intake, golden records, consent, links, lanes and the ledgers around them."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PRIMARY = sa.text("role = 'primary'")
_WAITING = sa.text("next_at IS NOT NULL")


def upgrade() -> None:
    """Make all tables."""
    _intake()
    _people()
    _delivery()
    _engine()


def _intake() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("event_id", AutoString(), nullable=False),
        sa.Column("object", AutoString(), nullable=False),
        sa.Column("native_id", AutoString(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("way", AutoString(), nullable=False),
        sa.Column("flag", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("outcome", AutoString(), nullable=True),
        sa.Column("reason_code", AutoString(), nullable=True),
        sa.Column("reason", AutoString(), nullable=True),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("settled_at", UTCDateTime(), nullable=True),
        sa.Column("golden_id", AutoString(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_raw", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_change", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("workspace", "connection", "event_id", name="uq_inbox_workspace_connection_event_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_due", "inbox", ["state", "workspace", "connection", "next_at", "id"])
    op.create_index("ix_inbox_golden", "inbox", ["workspace", "golden_id"])
    op.create_table(
        "intake_total",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("acknowledged", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "connection", name="pk_intake_total"),
    )
    op.create_table(
        "cursor",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("object", AutoString(), nullable=False),
        sa.Column("value", AutoString(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "connection", "object", name="pk_cursor"),
    )
    op.create_table(
        "counter",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("label", AutoString(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "name", "label", name="pk_counter"),
    )
    op.create_table(
        "tombstone",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "digest", name="pk_tombstone"),
    )


def _people() -> None:
    op.create_table(
        "subject_key",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("destroyed_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id", name="pk_subject_key"),
    )
    op.create_table(
        "golden",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("subject", AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("merged_into", AutoString(), nullable=True),
        sa.Column("key_id", AutoString(), nullable=False),
        sa.Column("born_of", sa.Integer(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("sealed_values", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id", name="pk_golden"),
    )
    op.create_table(
        "identity_key",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("golden_id", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "kind", "digest", name="pk_identity_key"),
    )
    op.create_index("ix_identity_key_golden", "identity_key", ["workspace", "golden_id"])
    op.create_table(
        "observation",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("golden_id", AutoString(), nullable=False),
        sa.Column("born_golden_id", AutoString(), nullable=False),
        sa.Column("subject", AutoString(), nullable=False),
        sa.Column("observer", AutoString(), nullable=False),
        sa.Column("authority", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("inbox_id", sa.Integer(), nullable=True),
        sa.Column("mapping", AutoString(), nullable=False),
        sa.Column("mapping_version", AutoString(), nullable=False),
        sa.Column("key_id", AutoString(), nullable=False),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id", name="pk_observation"),
    )
    op.create_index("ix_observation_golden", "observation", ["workspace", "golden_id"])
    op.create_table(
        "consent",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("golden_id", AutoString(), nullable=False),
        sa.Column("observation_id", AutoString(), nullable=False),
        sa.Column("purpose", AutoString(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("source", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id", name="pk_consent"),
    )
    op.create_index("ix_consent_golden", "consent", ["workspace", "golden_id"])


def _delivery() -> None:
    op.create_table(
        "link",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("golden_id", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("object", AutoString(), nullable=False),
        sa.Column("role", AutoString(), nullable=False),
        sa.Column("remote_id", AutoString(), nullable=True),
        sa.Column("remote_version", AutoString(), nullable=True),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("reason_code", AutoString(), nullable=True),
        sa.Column("reason", AutoString(), nullable=True),
        sa.Column("hint", AutoString(), nullable=True),
        sa.Column("mapping", AutoString(), nullable=False),
        sa.Column("mapping_version", AutoString(), nullable=False),
        sa.Column("wanted_version", sa.Integer(), nullable=False),
        sa.Column("settled_version", sa.Integer(), nullable=False),
        sa.Column("sent_mapping_version", AutoString(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("ticket", AutoString(), nullable=True),
        sa.Column("ticket_version", sa.Integer(), nullable=True),
        sa.Column("intent_key", AutoString(), nullable=True),
        sa.Column("intent_at", UTCDateTime(), nullable=True),
        sa.Column("key_id", AutoString(), nullable=False),
        sa.Column("sealed_wanted", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_sent", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_seen", sa.LargeBinary(), nullable=True),
        sa.Column("refused_fields", sa.JSON(), nullable=True),
        sa.Column("diverged_fields", sa.JSON(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("level_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id", name="pk_link"),
        sa.UniqueConstraint("workspace", "connection", "object", "remote_id", name="uq_link_workspace_connection_object_remote_id"),
    )
    op.create_index("ix_link_due", "link", ["connection", "object", "state", "next_at"])
    op.create_index("ix_link_golden", "link", ["workspace", "golden_id"])
    op.create_index(
        "ix_link_next", "link", ["workspace", "connection", "object", "next_at"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )
    op.create_index(
        "uq_link_primary",
        "link",
        ["workspace", "golden_id", "connection", "object"],
        unique=True,
        sqlite_where=_PRIMARY,
        postgresql_where=_PRIMARY,
    )
    op.create_table(
        "attempt",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("link_id", AutoString(), nullable=False),
        sa.Column("run_id", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("effect", AutoString(), nullable=False),
        sa.Column("error_code", AutoString(), nullable=True),
        sa.Column("key_id", AutoString(), nullable=False),
        sa.Column("sealed_before", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_after", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id", name="pk_attempt"),
    )
    op.create_index("ix_attempt_link", "attempt", ["workspace", "link_id"])
    op.create_index("ix_attempt_run", "attempt", ["workspace", "run_id"])


def _engine() -> None:
    op.create_table(
        "lane",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error_code", AutoString(), nullable=True),
        sa.Column("error", AutoString(), nullable=True),
        sa.Column("hint", AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "name", name="pk_lane"),
    )
    op.create_table(
        "run",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("lane", AutoString(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id", name="pk_run"),
    )
    op.create_index("ix_run_lane", "run", ["workspace", "lane", "started_at"])
    op.create_table(
        "schedule_slot",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("schedule", AutoString(), nullable=False),
        sa.Column("slot", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "schedule", "slot", name="pk_schedule_slot"),
    )
    op.create_table(
        "connection_state",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("paused_code", AutoString(), nullable=True),
        sa.Column("paused_reason", AutoString(), nullable=True),
        sa.Column("paused_hint", AutoString(), nullable=True),
        sa.Column("paused_at", UTCDateTime(), nullable=True),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "connection", name="pk_connection_state"),
    )
    op.create_table(
        "call_count",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("day", AutoString(), nullable=False),
        sa.Column("operation", AutoString(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "connection", "day", "operation", name="pk_call_count"),
    )
    op.create_table(
        "mapping_version",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("version", AutoString(), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("in_force_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "name", "version", name="pk_mapping_version"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", AutoString(), nullable=False),
        sa.Column("action", AutoString(), nullable=False),
        sa.Column("target", AutoString(), nullable=False),
        sa.Column("detail", AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
