"""Places, boxes, what lies where, what is out, stock-takes"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_KEPT = {
    "location": ("id", "label", "created_at", "created_by"),
    "location_change": ("location_id", "at", "by", "action", "reason", "fields"),
    "box": ("fonds", "class_code", "year", "number", "box_no", "created_at", "created_by"),
    "placement": (
        "document_id",
        "case_file_id",
        "box_id",
        "location_id",
        "in_box_id",
        "reason",
        "placed_at",
        "placed_by",
    ),
    "outing": ("document_id", "case_file_id", "box_id", "why", "out_at", "out_by"),
    "stock_take": ("location_id", "whole_boxes", "started_at", "started_by"),
    "stock_take_line": ("stock_take_id", "document_id", "case_file_id", "box_id", "code", "placement_id"),
}
"""What was written stays as it was written; of some only the end is written later."""
_ENDS = {"placement": "ended_at", "outing": "back_at", "stock_take": "ended_at"}
"""Once a row has ended nothing of it changes."""
_NO_DELETE = (*_KEPT, "place_counter")
_ON_PAPER = (
    "NEW.document_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM filing "
    "WHERE filing.document_id = NEW.document_id AND filing.medium <> 'electronic')"
)
_CLOSED = (
    "EXISTS (SELECT 1 FROM location WHERE location.id = NEW.location_id AND location.closed_at IS NOT NULL) "
    "OR EXISTS (SELECT 1 FROM box WHERE box.id IN (NEW.in_box_id, NEW.box_id) AND box.closed_at IS NOT NULL)"
)
_HOLDS = "SELECT 1 FROM placement WHERE placement.{column} = NEW.id AND placement.ended_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "place_counter",
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("last >= 1", name=op.f("ck_place_counter_last")),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_place_counter")),
    )
    op.create_table(
        "location",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("path", sa.String(length=120), nullable=False),
        sa.Column(
            "sort_key",
            sa.String(length=400).with_variant(sa.String(length=400, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "lineage",
            sa.String(length=400).with_variant(sa.String(length=400, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("label", sa.String(length=12), nullable=False),
        sa.Column("capacity_mm", sa.Integer(), nullable=True),
        sa.Column("climate", sa.String(length=8), nullable=False),
        sa.Column("temperature_from", sa.Integer(), nullable=True),
        sa.Column("temperature_to", sa.Integer(), nullable=True),
        sa.Column("humidity_from", sa.Integer(), nullable=True),
        sa.Column("humidity_to", sa.Integer(), nullable=True),
        sa.Column("sensor_id", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("climate IN ('none', 'target', 'required')", name=op.f("ck_location_climate")),
        sa.CheckConstraint(
            "kind IN ('room', 'cabinet', 'rack', 'safe', 'chest', 'offsite', 'side', 'section', 'shelf', 'drawer')",
            name=op.f("ck_location_kind"),
        ),
        sa.CheckConstraint("capacity_mm > 0", name=op.f("ck_location_capacity_mm")),
        sa.CheckConstraint("humidity_from <= humidity_to", name=op.f("ck_location_humidity")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_location_itself")),
        sa.CheckConstraint("temperature_from <= temperature_to", name=op.f("ck_location_temperature")),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_location_created_by")),
        sa.ForeignKeyConstraint(["parent_id"], ["location.id"], name=op.f("fk_location_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("label", name=op.f("uq_location_label")),
    )
    op.create_index("ix_location_lineage", "location", ["lineage"], unique=False)
    op.create_index("ix_location_parent_id_sort_key", "location", ["parent_id", "sort_key"], unique=False)
    op.create_index(
        "uq_location_open_path",
        "location",
        ["path"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "location_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "action IN ('added', 'changed', 'closed', 'reopened')", name=op.f("ck_location_change_action")
        ),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_location_change_by")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_location_change_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location_change")),
    )
    op.create_index(
        "ix_location_change_location_id_id", "location_change", ["location_id", "id"], unique=False
    )
    op.create_table(
        "stock_take",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.Column("whole_boxes", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Integer(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('closed', 'given_up')) = (ended_at IS NOT NULL)", name=op.f("ck_stock_take_ended")
        ),
        sa.CheckConstraint(
            "state IN ('counting', 'reviewing', 'closed', 'given_up')", name=op.f("ck_stock_take_state")
        ),
        sa.ForeignKeyConstraint(["counted_by"], ["user.id"], name=op.f("fk_stock_take_counted_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["user.id"], name=op.f("fk_stock_take_ended_by")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_stock_take_location_id")),
        sa.ForeignKeyConstraint(["started_by"], ["user.id"], name=op.f("fk_stock_take_started_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_take")),
    )
    op.create_index("ix_stock_take_location_id_id", "stock_take", ["location_id", "id"], unique=False)
    op.create_index(
        "uq_stock_take_live",
        "stock_take",
        ["location_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('counting', 'reviewing')"),
        postgresql_where=sa.text("state IN ('counting', 'reviewing')"),
    )
    op.create_table(
        "box",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fonds", sa.String(length=5), nullable=False),
        sa.Column("class_code", sa.String(length=12), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("box_no", sa.String(length=40), nullable=False),
        sa.Column("retention", sa.String(length=4), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_box_number")),
        sa.CheckConstraint("width_mm BETWEEN 10 AND 200", name=op.f("ck_box_width_mm")),
        sa.ForeignKeyConstraint(["class_code"], ["record_class.code"], name=op.f("fk_box_class_code")),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_box_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box")),
        sa.UniqueConstraint("box_no", name=op.f("uq_box_box_no")),
    )
    op.create_index("ix_box_class_code_year_number", "box", ["class_code", "year", "number"], unique=False)
    op.create_table(
        "outing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("case_file_id", sa.Integer(), nullable=True),
        sa.Column("box_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(length=64), nullable=False),
        sa.Column("out_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("out_by", sa.Integer(), nullable=True),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("back_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("why <> ''", name=op.f("ck_outing_why")),
        sa.CheckConstraint(
            "(CASE WHEN document_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN case_file_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN box_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_outing_one_item"),
        ),
        sa.CheckConstraint("back_at >= out_at", name=op.f("ck_outing_back_at")),
        sa.ForeignKeyConstraint(["back_by"], ["user.id"], name=op.f("fk_outing_back_by")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_outing_box_id")),
        sa.ForeignKeyConstraint(["case_file_id"], ["case_file.id"], name=op.f("fk_outing_case_file_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_outing_document_id")),
        sa.ForeignKeyConstraint(["out_by"], ["user.id"], name=op.f("fk_outing_out_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outing")),
    )
    op.create_index("ix_outing_box_id_id", "outing", ["box_id", "id"], unique=False)
    op.create_index("ix_outing_case_file_id_id", "outing", ["case_file_id", "id"], unique=False)
    op.create_index("ix_outing_document_id_id", "outing", ["document_id", "id"], unique=False)
    op.create_index(
        "uq_outing_open_box",
        "outing",
        ["box_id"],
        unique=True,
        sqlite_where=sa.text("back_at IS NULL"),
        postgresql_where=sa.text("back_at IS NULL"),
    )
    op.create_index(
        "uq_outing_open_case_file",
        "outing",
        ["case_file_id"],
        unique=True,
        sqlite_where=sa.text("back_at IS NULL"),
        postgresql_where=sa.text("back_at IS NULL"),
    )
    op.create_index(
        "uq_outing_open_document",
        "outing",
        ["document_id"],
        unique=True,
        sqlite_where=sa.text("back_at IS NULL"),
        postgresql_where=sa.text("back_at IS NULL"),
    )
    op.create_table(
        "placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("case_file_id", sa.Integer(), nullable=True),
        sa.Column("box_id", sa.Integer(), nullable=True),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("in_box_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.Integer(), nullable=True),
        sa.Column("missing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(CASE WHEN document_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN case_file_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN box_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_placement_one_item"),
        ),
        sa.CheckConstraint(
            "(location_id IS NULL) <> (in_box_id IS NULL)", name=op.f("ck_placement_one_spot")
        ),
        sa.CheckConstraint("box_id IS NULL OR in_box_id IS NULL", name=op.f("ck_placement_box_in_box")),
        sa.CheckConstraint("ended_at >= placed_at", name=op.f("ck_placement_ended_at")),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_placement_box_id")),
        sa.ForeignKeyConstraint(["case_file_id"], ["case_file.id"], name=op.f("fk_placement_case_file_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_placement_document_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["user.id"], name=op.f("fk_placement_ended_by")),
        sa.ForeignKeyConstraint(["in_box_id"], ["box.id"], name=op.f("fk_placement_in_box_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_placement_location_id")),
        sa.ForeignKeyConstraint(["placed_by"], ["user.id"], name=op.f("fk_placement_placed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
    )
    op.create_index("ix_placement_box_id_id", "placement", ["box_id", "id"], unique=False)
    op.create_index("ix_placement_case_file_id_id", "placement", ["case_file_id", "id"], unique=False)
    op.create_index("ix_placement_document_id_id", "placement", ["document_id", "id"], unique=False)
    op.create_index(
        "ix_placement_lying_in_box_id",
        "placement",
        ["in_box_id", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_placement_lying_location_id",
        "placement",
        ["location_id", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_placement_open_box",
        "placement",
        ["box_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_placement_open_case_file",
        "placement",
        ["case_file_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_placement_open_document",
        "placement",
        ["document_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "stock_take_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stock_take_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("case_file_id", sa.Integer(), nullable=True),
        sa.Column("box_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("placement_id", sa.Integer(), nullable=True),
        sa.Column("result", sa.String(length=9), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scanned_by", sa.Integer(), nullable=True),
        sa.Column("seen_location_id", sa.Integer(), nullable=True),
        sa.Column("seen_box_id", sa.Integer(), nullable=True),
        sa.Column("resolution", sa.String(length=15), nullable=True),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "((CASE WHEN document_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN case_file_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN box_id IS NULL THEN 0 ELSE 1 END)) = (CASE WHEN code = '' THEN 1 ELSE 0 END)",
            name=op.f("ck_stock_take_line_one_item"),
        ),
        sa.CheckConstraint(
            "(result IN ('expected', 'on_loan', 'missing')) = (scanned_at IS NULL)",
            name=op.f("ck_stock_take_line_scanned"),
        ),
        sa.CheckConstraint(
            "resolution IN ('moved_here', 'put_back', 'noted_missing', 'moved_meanwhile', 'noted')",
            name=op.f("ck_stock_take_line_resolution"),
        ),
        sa.CheckConstraint(
            "resolution IS NULL OR result IN ('missing', 'misplaced', 'not_out', 'unknown')",
            name=op.f("ck_stock_take_line_resolvable"),
        ),
        sa.CheckConstraint(
            "result IN ('expected', 'on_loan', 'found', 'missing', 'misplaced', 'not_out', 'unknown')",
            name=op.f("ck_stock_take_line_result"),
        ),
        sa.CheckConstraint(
            "(resolution IS NULL) = (resolved_at IS NULL)", name=op.f("ck_stock_take_line_resolved")
        ),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_stock_take_line_box_id")),
        sa.ForeignKeyConstraint(
            ["case_file_id"], ["case_file.id"], name=op.f("fk_stock_take_line_case_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_stock_take_line_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_stock_take_line_placement_id")
        ),
        sa.ForeignKeyConstraint(["resolved_by"], ["user.id"], name=op.f("fk_stock_take_line_resolved_by")),
        sa.ForeignKeyConstraint(["scanned_by"], ["user.id"], name=op.f("fk_stock_take_line_scanned_by")),
        sa.ForeignKeyConstraint(["seen_box_id"], ["box.id"], name=op.f("fk_stock_take_line_seen_box_id")),
        sa.ForeignKeyConstraint(
            ["seen_location_id"], ["location.id"], name=op.f("fk_stock_take_line_seen_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["stock_take_id"], ["stock_take.id"], name=op.f("fk_stock_take_line_stock_take_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_take_line")),
    )
    op.create_index(
        "ix_stock_take_line_stock_take_id_result_id",
        "stock_take_line",
        ["stock_take_id", "result", "id"],
        unique=False,
    )
    op.create_index("uq_stock_take_line_box", "stock_take_line", ["stock_take_id", "box_id"], unique=True)
    op.create_index(
        "uq_stock_take_line_case_file", "stock_take_line", ["stock_take_id", "case_file_id"], unique=True
    )
    op.create_index(
        "uq_stock_take_line_code",
        "stock_take_line",
        ["stock_take_id", "code"],
        unique=True,
        sqlite_where=sa.text("code <> ''"),
        postgresql_where=sa.text("code <> ''"),
    )
    op.create_index(
        "uq_stock_take_line_document", "stock_take_line", ["stock_take_id", "document_id"], unique=True
    )

    _keep()


def _keep() -> None:
    """Nothing is removed or told anew; nothing lies at a closed place, and nothing closes while something lies there."""
    if op.get_bind().dialect.name == "sqlite":
        _keep_sqlite()
    else:
        _keep_postgres()


def _keep_sqlite() -> None:
    def refuse(name: str, when: str, message: str) -> None:
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{message}'); END")

    refuse(
        "place_counter_up",
        "BEFORE UPDATE ON place_counter WHEN NEW.last <= OLD.last OR NEW.series <> OLD.series",
        "place_counter_kept",
    )
    for table, columns in _KEPT.items():
        named = ", ".join(_quoted(columns))
        refuse(f"{table}_kept", f"BEFORE UPDATE OF {named} ON {table}", f"{table}_kept")
    for table, end in _ENDS.items():
        refuse(
            f"{table}_ended",
            f"BEFORE UPDATE ON {table} WHEN OLD.{end} IS NOT NULL",
            f"{table}_kept",
        )
    for table in _NO_DELETE:
        refuse(f"{table}_no_delete", f"BEFORE DELETE ON {table}", f"{table}_kept")
    refuse(
        "placement_on_paper",
        f"BEFORE INSERT ON placement WHEN {_ON_PAPER}",
        "placement_on_paper",
    )
    refuse("placement_open", f"BEFORE INSERT ON placement WHEN {_CLOSED}", "placement_closed")
    for table, column in (("location", "location_id"), ("box", "in_box_id")):
        refuse(
            f"{table}_closed",
            f"BEFORE UPDATE OF closed_at ON {table} WHEN NEW.closed_at IS NOT NULL "
            f"AND EXISTS ({_HOLDS.format(column=column)})",
            f"{table}_holds",
        )


def _keep_postgres() -> None:
    def refuse(name: str, when: str) -> None:
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION refuse_kept()")

    refuse(
        "place_counter_up",
        "BEFORE UPDATE ON place_counter FOR EACH ROW WHEN (NEW.last <= OLD.last OR NEW.series <> OLD.series)",
    )
    for table, columns in _KEPT.items():
        refuse(
            f"{table}_kept", f"BEFORE UPDATE OF {', '.join(_quoted(columns))} ON {table} FOR EACH STATEMENT"
        )
    for table, end in _ENDS.items():
        refuse(f"{table}_ended", f"BEFORE UPDATE ON {table} FOR EACH ROW WHEN (OLD.{end} IS NOT NULL)")
    for table in _NO_DELETE:
        refuse(f"{table}_no_delete", f"BEFORE DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT")
    _function(
        "placement_may_lie", _raise(_ON_PAPER, "placement_on_paper") + _raise(_CLOSED, "placement_closed")
    )
    op.execute(
        "CREATE TRIGGER placement_may_lie BEFORE INSERT ON placement FOR EACH ROW "
        "EXECUTE FUNCTION placement_may_lie()"
    )
    for table, column in (("location", "location_id"), ("box", "in_box_id")):
        holds = f"NEW.closed_at IS NOT NULL AND EXISTS ({_HOLDS.format(column=column)})"
        _function(f"{table}_may_close", _raise(holds, f"{table}_holds"))
        op.execute(
            f"CREATE TRIGGER {table}_closed BEFORE UPDATE OF closed_at ON {table} FOR EACH ROW "
            f"EXECUTE FUNCTION {table}_may_close()"
        )


def _raise(condition: str, message: str) -> str:
    return f"IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = '23514'; END IF; "


def _function(name: str, body: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}RETURN NEW; END $$"
    )


def _quoted(columns: tuple[str, ...]) -> list[str]:
    return [f'"{column}"' for column in columns]


def downgrade() -> None:
    raise NotImplementedError("where things lay is kept")
