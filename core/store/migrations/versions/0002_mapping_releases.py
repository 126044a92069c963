"""Which mappings went into force together, which version made what was written, and what the CRMs' objects looked like."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make two tables, and let attempts know the mapping's version; what was tried before stays without."""
    op.add_column("attempt", sa.Column("mapping_version", AutoString(), nullable=True))
    op.create_table(
        "mapping_release",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("how", AutoString(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "number", name="pk_mapping_release"),
    )
    op.create_table(
        "remote_schema",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("object", AutoString(), nullable=False),
        sa.Column("taken_at", UTCDateTime(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "connection", "object", name="pk_remote_schema"),
    )
