"""What two-way sync knows: of links, when they were written and read and what is frozen; of CRMs, whom values point to."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns; links made before were never read, so that their fields are compared afresh with the first reading."""
    op.add_column("observation", sa.Column("link_id", AutoString(), nullable=True))
    for column in (
        sa.Column("frozen_fields", sa.JSON(), nullable=True),
        sa.Column("bounces", sa.JSON(), nullable=True),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("sent_fields", sa.JSON(), nullable=True),
        sa.Column("seen_at", UTCDateTime(), nullable=True),
        sa.Column("known_version", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("errand", AutoString(), nullable=True),
    ):
        op.add_column("link", column)
    op.create_table(
        "employer_key",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("golden_id", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "kind", "digest", "golden_id", name="pk_employer_key"),
    )
    op.create_table(
        "reference_list",
        sa.Column("workspace", AutoString(), nullable=False),
        sa.Column("connection", AutoString(), nullable=False),
        sa.Column("object", AutoString(), nullable=False),
        sa.Column("taken_at", UTCDateTime(), nullable=False),
        sa.Column("sealed_content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "connection", "object", name="pk_reference_list"),
    )
