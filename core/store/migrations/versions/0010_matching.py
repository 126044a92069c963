"""Matching: profiles, the keys they are found by, pairs to review. Leads that are there already wait to be matched."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and have every lead that is there matched in the background."""
    op.create_table(
        "match_profile",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("golden_id", AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key_id", AutoString(), nullable=False),
        sa.Column("postings", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_profile", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "number", name="pk_match_profile"),
        sa.UniqueConstraint("workspace", "golden_id", name="uq_match_profile_workspace_golden_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "match_key",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "digest", "number", name="pk_match_key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "match_crowd",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("beyond", sa.Integer(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("recent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "digest", name="pk_match_crowd"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "match_due",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("golden_id", AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "golden_id", name="pk_match_due"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_match_due_next", "match_due", ["workspace", "next_at"])
    op.create_table(
        "review_pair",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("left_id", AutoString(), nullable=False),
        sa.Column("right_id", AutoString(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=True),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by", AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "left_id", "right_id", name="pk_review_pair"),
    )
    op.create_index("ix_review_pair_state", "review_pair", ["workspace", "state", "score"])
    op.create_index("ix_review_pair_right", "review_pair", ["workspace", "right_id"])
    op.create_table(
        "match_model",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("trained_at", UTCDateTime(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("held_out", sa.Integer(), nullable=False),
        sa.Column("precision", sa.Float(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("content", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "number", name="pk_match_model"),
    )
    _queue_what_is_there()


def _queue_what_is_there() -> None:
    leads = "FROM golden WHERE subject = 'Lead' AND state = 'active'"
    op.execute(f"INSERT INTO match_due SELECT workspace, id, version, updated_at, false {leads}")
    lanes = "INSERT INTO lane (workspace, name, connection, next_at, token, attempts)"
    op.execute(f"{lanes} SELECT workspace, 'match', '', min(updated_at), 0, 0 {leads} GROUP BY workspace")
