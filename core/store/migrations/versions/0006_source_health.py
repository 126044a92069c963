"""Source health: arrivals by source, deliveries held because of a wrong signature, and what was noticed at the doors."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index and the tables; nothing is held yet."""
    op.create_index("ix_inbox_source", "inbox", ["workspace", "connection", "object", "received_at"])
    op.create_table(
        "unverified",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("digest", AutoString(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed_request", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "connection", "digest", name="pk_unverified"),
    )
    op.create_index("ix_unverified_held", "unverified", ["workspace", "connection", "size"])
    op.create_table(
        "door_alert",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("code", AutoString(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "connection", name="pk_door_alert"),
    )
