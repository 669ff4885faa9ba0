"""Premises: projects, buildings, units"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=5), nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_project_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("number", name=op.f("uq_project_number")),
    )
    op.create_table(
        "phase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_phase_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase")),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_phase_project_id_name")),
    )
    op.create_table(
        "building",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("phase_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("sort_key", KEY, nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["phase_id"], ["phase.id"], name=op.f("fk_building_phase_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_building_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_building_project_id_code")),
    )
    op.create_index(op.f("ix_building_phase_id"), "building", ["phase_id"], unique=False)
    op.create_index("ix_building_project_id_sort_key", "building", ["project_id", "sort_key"], unique=False)
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=False),
        sa.Column("entrance", sa.String(length=10), nullable=False),
        sa.Column("floor", sa.String(length=10), nullable=False),
        sa.Column("room", sa.String(length=20), nullable=False),
        sa.Column("display", sa.String(length=80), nullable=False),
        sa.Column("full_name", KEY, nullable=False),
        sa.Column("short_name", KEY, nullable=False),
        sa.Column("squeezed", KEY, nullable=False),
        sa.Column("sort_key", KEY, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("use_state", sa.String(length=12), nullable=False),
        sa.Column("build_area", sa.Integer(), nullable=True),
        sa.Column("inner_area", sa.Integer(), nullable=True),
        sa.Column("handover_on", sa.Date(), nullable=True),
        sa.Column("meters", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_by_reason", sa.String(length=255), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('flat', 'shop', 'office', 'parking', 'storage')", name=op.f("ck_unit_kind")
        ),
        sa.CheckConstraint(
            "use_state IN ('unsold', 'vacant', 'owner_lives', 'let', 'trading', 'renovating')",
            name=op.f("ck_unit_use_state"),
        ),
        sa.CheckConstraint("(closed_on IS NULL) = (closed_by_reason IS NULL)", name=op.f("ck_unit_closed")),
        sa.CheckConstraint("build_area > 0", name=op.f("ck_unit_build_area")),
        sa.CheckConstraint(
            "inner_area > 0 AND (build_area IS NULL OR inner_area <= build_area)",
            name=op.f("ck_unit_inner_area"),
        ),
        sa.ForeignKeyConstraint(["building_id"], ["building.id"], name=op.f("fk_unit_building_id")),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_unit_created_by")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_unit_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
    )
    op.create_index(
        "ix_unit_building_id_sort_key_id", "unit", ["building_id", "sort_key", "id"], unique=False
    )
    op.create_index("ix_unit_full_name", "unit", ["full_name"], unique=False)
    op.create_index("ix_unit_project_id_sort_key_id", "unit", ["project_id", "sort_key", "id"], unique=False)
    op.create_index("ix_unit_room", "unit", ["room"], unique=False)
    op.create_index("ix_unit_short_name", "unit", ["short_name"], unique=False)
    op.create_index("ix_unit_squeezed", "unit", ["squeezed"], unique=False)
    op.create_index(
        "uq_unit_open_name",
        "unit",
        ["building_id", "entrance", "room"],
        unique=True,
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_table(
        "unit_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_unit_change_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_change_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_change")),
    )
    op.create_index("ix_unit_change_unit_id_id", "unit_change", ["unit_id", "id"], unique=False)
    op.create_table(
        "unit_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("linked_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("unit_id <> linked_id", name=op.f("ck_unit_link_itself")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_unit_link_valid_to")),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_unit_link_created_by")),
        sa.ForeignKeyConstraint(["linked_id"], ["unit.id"], name=op.f("fk_unit_link_linked_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_link_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_link")),
    )
    op.create_index("ix_unit_link_unit_id", "unit_link", ["unit_id"], unique=False)
    op.create_index(
        "uq_unit_link_live",
        "unit_link",
        ["linked_id"],
        unique=True,
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("nothing that is known of a house may be lost")
