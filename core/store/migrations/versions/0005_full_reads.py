"""Full reads: how far the latest one of each object is, and when one last showed a link's record."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column; links made before have not been shown by any full read."""
    op.add_column("link", sa.Column("listed_at", UTCDateTime(), nullable=True))
    op.create_table(
        "full_read",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("object", AutoString(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "connection", "object", name="pk_full_read"),
    )
