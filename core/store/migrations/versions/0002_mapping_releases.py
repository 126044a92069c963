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
    _release_of_what_runs()


def _release_of_what_runs() -> None:
    """What went into force together last is the first release; its files were not noted, and are named after the mappings."""
    version = sa.table("mapping_version", *map(sa.column, ("workspace", "name", "version", "in_force_at")))
    release = sa.table("mapping_release", *map(sa.column, ("workspace", "number", "at", "how")), sa.column("members", sa.JSON()))
    newest = sa.select(version.c.workspace, sa.func.max(version.c.in_force_at).label("at")).group_by(version.c.workspace).subquery()
    rows = op.get_bind().execute(
        sa.select(version).join(newest, sa.and_(version.c.workspace == newest.c.workspace, version.c.in_force_at == newest.c.at))
    )
    members: dict[tuple[str, str], list[list[str]]] = {}
    for row in rows:
        members.setdefault((row.workspace, row.in_force_at), []).append([row.name, row.version, f"{row.name}.yaml"])
    for (workspace, at), found in members.items():
        first = {"workspace": workspace, "number": 1, "at": at, "how": "saved", "members": sorted(found)}
        op.get_bind().execute(release.insert().values(first))
