"""Merges as they were made, and what people said of pairs of records."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; merges that were made before are not in them and cannot be taken back."""
    op.create_table(
        "merge_event",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("survivor", AutoString(), nullable=False),
        sa.Column("loser", AutoString(), nullable=False),
        sa.Column("rule", AutoString(), nullable=False),
        sa.Column("why", AutoString(), nullable=False),
        sa.Column("inbox_id", sa.Integer(), nullable=True),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by", AutoString(), nullable=True),
        sa.Column("key_id", AutoString(), nullable=False),
        sa.Column("sealed_parts", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "id", name="pk_merge_event"),
    )
    op.create_index("ix_merge_event_survivor", "merge_event", ["workspace", "survivor"])
    op.create_index("ix_merge_event_loser", "merge_event", ["workspace", "loser"])
    op.create_table(
        "verdict",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("left_id", AutoString(), nullable=False),
        sa.Column("right_id", AutoString(), nullable=False),
        sa.Column("left_now", AutoString(), nullable=False),
        sa.Column("right_now", AutoString(), nullable=False),
        sa.Column("verdict", AutoString(), nullable=False),
        sa.Column("by", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "left_id", "right_id", name="pk_verdict"),
    )
    op.create_index("ix_verdict_left", "verdict", ["workspace", "left_now"])
    op.create_index("ix_verdict_right", "verdict", ["workspace", "right_now"])
