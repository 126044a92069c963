"""Bought leads: which were accepted, of which campaign, and what they cost."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nothing was bought before."""
    op.create_table(
        "accepted_lead",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("inbox_id", sa.Integer(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("campaign", AutoString(), nullable=False),
        sa.Column("lead", sa.LargeBinary(), nullable=True),
        sa.Column("cost", sa.Float(), nullable=True),
        sa.Column("currency", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "inbox_id", name="pk_accepted_lead"),
    )
    op.create_index("ix_accepted_lead_campaign", "accepted_lead", ["workspace", "connection", "campaign"])
    op.create_index("ix_accepted_lead_lead", "accepted_lead", ["workspace", "connection", "lead"])
