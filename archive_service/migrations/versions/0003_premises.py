"""Premises: projects, buildings, units; parties and what they hold, as dated rows"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")
NAME = sa.String(length=120).with_variant(sa.String(length=120, collation="C"), "postgresql")


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
    op.create_table(
        "party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_party_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
    )
    op.create_table(
        "unmasking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at >= granted_at", name=op.f("ck_unmasking_ends_at")),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_unmasking_party_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_unmasking_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmasking")),
    )
    op.create_index("ix_unmasking_party_id", "unmasking", ["party_id"], unique=False)
    op.create_index("ix_unmasking_user_id_ends_at", "unmasking", ["user_id", "ends_at"], unique=False)
    op.create_table(
        "party_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("id_type", sa.String(length=12), nullable=False),
        sa.Column("id_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id_digest", sa.String(length=64), nullable=True),
        sa.Column("mobile_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("mobile_digest", sa.String(length=64), nullable=True),
        sa.Column("mobile_2_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("mobile_2_digest", sa.String(length=64), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("source_document_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "id_type IN ('', 'id_card', 'passport', 'hk_macao', 'taiwan', 'credit_code')",
            name=op.f("ck_party_version_id_type"),
        ),
        sa.CheckConstraint("kind IN ('person', 'company')", name=op.f("ck_party_version_kind")),
        sa.ForeignKeyConstraint(["changed_by"], ["user.id"], name=op.f("fk_party_version_changed_by")),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_party_version_party_id")),
        sa.ForeignKeyConstraint(
            ["source_document_id"], ["document.id"], name=op.f("fk_party_version_source_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_version")),
        sa.UniqueConstraint("party_id", "number", name=op.f("uq_party_version_party_id_number")),
    )
    op.create_index("ix_party_version_id_digest", "party_version", ["id_digest"], unique=False)
    op.create_index("ix_party_version_mobile_2_digest", "party_version", ["mobile_2_digest"], unique=False)
    op.create_index("ix_party_version_mobile_digest", "party_version", ["mobile_digest"], unique=False)
    op.create_index("ix_party_version_name", "party_version", ["name"], unique=False)
    op.create_index(
        op.f("ix_party_version_source_document_id"), "party_version", ["source_document_id"], unique=False
    )
    op.create_index(
        "uq_party_version_current",
        "party_version",
        ["party_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "occupancy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("share", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source_document_id", sa.Uuid(), nullable=True),
        sa.Column("source_note", sa.String(length=255), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("end_reason", sa.String(length=255), nullable=False),
        sa.Column("end_document_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "role IN ('owner', 'co_owner', 'tenant', 'user', 'agent')", name=op.f("ck_occupancy_role")
        ),
        sa.CheckConstraint(
            "share IS NULL OR (share BETWEEN 1 AND 10000 AND role IN ('owner', 'co_owner'))",
            name=op.f("ck_occupancy_share"),
        ),
        sa.CheckConstraint(
            "source_document_id IS NOT NULL OR source_note <> ''", name=op.f("ck_occupancy_source")
        ),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_occupancy_valid_to")),
        sa.ForeignKeyConstraint(
            ["end_document_id"], ["document.id"], name=op.f("fk_occupancy_end_document_id")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["user.id"], name=op.f("fk_occupancy_ended_by")),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_occupancy_party_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name=op.f("fk_occupancy_recorded_by")),
        sa.ForeignKeyConstraint(
            ["source_document_id"], ["document.id"], name=op.f("fk_occupancy_source_document_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_occupancy_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupancy")),
    )
    op.create_index(op.f("ix_occupancy_end_document_id"), "occupancy", ["end_document_id"], unique=False)
    op.create_index("ix_occupancy_party_id", "occupancy", ["party_id"], unique=False)
    op.create_index(
        op.f("ix_occupancy_source_document_id"), "occupancy", ["source_document_id"], unique=False
    )
    op.create_index("ix_occupancy_unit_id", "occupancy", ["unit_id"], unique=False)
    op.create_index(
        "uq_occupancy_open",
        "occupancy",
        ["unit_id", "party_id", "role"],
        unique=True,
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "title_transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("closed", sa.JSON(), nullable=False),
        sa.Column("opened", sa.JSON(), nullable=False),
        sa.Column("decisions", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_title_transfer_document_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["user.id"], name=op.f("fk_title_transfer_recorded_by")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_title_transfer_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_title_transfer")),
    )
    op.create_index(op.f("ix_title_transfer_document_id"), "title_transfer", ["document_id"], unique=False)
    op.create_index("ix_title_transfer_unit_id", "title_transfer", ["unit_id"], unique=False)
    _guards()


# On any day a unit's owners have all of it at most, and either all of them have shares or none has.
_TOO_MUCH = """
    SELECT 1 FROM occupancy AS day
    WHERE day.unit_id = NEW.unit_id AND day.role IN ('owner', 'co_owner')
      AND (day.valid_to IS NULL OR day.valid_to > day.valid_from)
      AND (SELECT coalesce(sum(o.share), 0) > 10000 OR (count(o.share) > 0 AND count(*) > count(o.share))
           FROM occupancy AS o
           WHERE o.unit_id = NEW.unit_id AND o.role IN ('owner', 'co_owner')
             AND o.valid_from <= day.valid_from AND (o.valid_to IS NULL OR o.valid_to > day.valid_from))
"""
_KEPT = {
    "occupancy": (
        "unit_id", "party_id", "role", "share", "valid_from", "source_document_id", "source_note", "recorded_at",
        "recorded_by",
    ),
    "party_version": (
        "party_id", "number", "kind", "name", "id_type", "id_sealed", "id_digest", "mobile_sealed", "mobile_digest",
        "mobile_2_sealed", "mobile_2_digest", "address_sealed", "reason", "source_document_id", "recorded_at",
        "changed_by",
    ),
}  # fmt: skip


def _guards() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, verb in (("insert", "INSERT"), ("update", "UPDATE OF valid_to")):
            op.execute(
                f"CREATE TRIGGER occupancy_shares_{name} AFTER {verb} ON occupancy "
                "WHEN NEW.role IN ('owner', 'co_owner') BEGIN "
                f"SELECT RAISE(ABORT, 'occupancy_shares') WHERE EXISTS ({_TOO_MUCH}); END"
            )
        for table, columns in _KEPT.items():
            op.execute(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OF {', '.join(columns)} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
            )
        return
    # The row of the unit is locked, so that of two owners who come at once the second sees the first.
    op.execute(
        "CREATE FUNCTION check_occupancy_shares() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM 1 FROM unit WHERE id = NEW.unit_id FOR NO KEY UPDATE; "
        f"IF EXISTS ({_TOO_MUCH}) THEN RAISE EXCEPTION 'occupancy_shares' USING ERRCODE = '23514'; END IF; "
        "RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER occupancy_shares AFTER INSERT OR UPDATE OF valid_to ON occupancy FOR EACH ROW "
        "WHEN (NEW.role IN ('owner', 'co_owner')) EXECUTE FUNCTION check_occupancy_shares()"
    )
    op.execute(
        "CREATE FUNCTION refuse_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%_kept', TG_TABLE_NAME USING ERRCODE = '23514'; END $$"
    )
    for table, columns in _KEPT.items():
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OF {', '.join(columns)} ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_kept()"
        )


def downgrade() -> None:
    raise NotImplementedError("nothing that is known of a house may be lost")
