"""Lead-to-account matching: keys that firms are found by, and the account of each person; weights fitted to the store's records."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "firm_key",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("is_account", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("golden_id", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "is_account", "digest", "golden_id", name="pk_firm_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_firm_key_golden", "firm_key", ["workspace", "golden_id"])
    op.create_table(
        "employment",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("lead_id", AutoString(), nullable=False),
        sa.Column("account_id", AutoString(), nullable=True),
        sa.Column("rival_id", AutoString(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("site", AutoString(), nullable=False),
        sa.Column("place", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("decided_by", AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "lead_id", name="pk_employment"),
    )
    op.create_index("ix_employment_state", "employment", ["workspace", "state"])
    op.create_index("ix_employment_account", "employment", ["workspace", "account_id"])
    op.create_table(
        "match_weights",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("trained_at", UTCDateTime(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("content", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", name="pk_match_weights"),
    )
    _queue_what_is_there()


def _queue_what_is_there() -> None:
    active = "FROM golden WHERE state = 'active'"
    op.execute(f"INSERT INTO match_due SELECT workspace, id, version, updated_at, false {active} ON CONFLICT DO NOTHING")
    lanes = "INSERT INTO lane (workspace, name, connection, next_at, token, attempts)"
    op.execute(f"{lanes} SELECT workspace, 'match', '', min(updated_at), 0, 0 {active} GROUP BY workspace ON CONFLICT DO NOTHING")
    op.execute(f"UPDATE lane SET next_at = (SELECT min(updated_at) {active}) WHERE name = 'match' AND next_at IS NULL")
