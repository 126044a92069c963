"""The calls of a remote account's day: how many are set aside, and what the vendor says about them."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make two tables, both empty: by when the calls of the last day were made was not kept."""
    op.create_table(
        "account_calls",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("account", AutoString(), nullable=False),
        sa.Column("limit_name", AutoString(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "account", "limit_name", "ends_at", name="pk_account_calls"),
    )
    op.create_table(
        "account_usage",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("account", AutoString(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "account", name="pk_account_usage"),
    )
