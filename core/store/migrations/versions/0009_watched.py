"""What ends: subscriptions and accesses that connections live on."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; the first look fills it."""
    op.create_table(
        "watched",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("id", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=True),
        sa.Column("healthy", sa.Boolean(), nullable=False),
        sa.Column("note", AutoString(), nullable=False),
        sa.Column("renews", sa.Boolean(), nullable=False),
        sa.Column("hint", AutoString(), nullable=False),
        sa.Column("looked_at", UTCDateTime(), nullable=False),
        sa.Column("renewed_at", UTCDateTime(), nullable=True),
        sa.Column("refused", AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "connection", "id", name="pk_watched"),
    )
