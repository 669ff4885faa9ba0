"""Loans: the case table, slips and what stands on them, the queue, what is made good; sight that a slip lends"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_KEPT = {
    "loan_rule": (
        "loan_case",
        "revision",
        "days",
        "renewals",
        "renewal_days",
        "uses",
        "masked",
        "watermark",
        "stamped",
        "legal_basis",
        "asks_reason",
        "own_department_free",
        "original_stays",
        "changed_at",
        "changed_by",
        "why",
    ),
    "loan": ("number", "created_at", "created_on", "requested_by"),
    "loan_renewal": ("loan_id", "days", "reason", "asked_at", "asked_by", "due_before"),
    "remedy": ("loan_id", "loan_item_id", "opened_at", "opened_by"),
    "loan_photo": ("loan_item_id", "moment", "digest", "size", "added_at", "added_by"),
}
"""What was said stays as it was said; of the case table only that a row is no longer in force is written later."""
_NEVER_CHANGES = ("loan_change", "loan_reminder", "loan_chase")
_NO_DELETE = (*_KEPT, *_NEVER_CHANGES)
_ENDED = {
    "loan": "OLD.ended_at IS NOT NULL",
    "remedy": "OLD.state IN ('done', 'dismissed')",
    "loan_renewal": "OLD.settled_at IS NOT NULL",
}
_GRANTED = (
    "user_id",
    "document_id",
    "case_file_id",
    "class_code",
    "up_to",
    "sight",
    "valid_from",
    "valid_to",
    "reason",
    "slip",
    "granted_by",
    "granted_at",
)


def upgrade() -> None:
    _loan_rule()
    _loan()
    _loan_change()
    _loan_chase()
    _loan_reminder()
    _loan_renewal()
    _loan_item()
    _loan_photo()
    _remedy()
    _reservation()
    _add_triggers()
    _lent_sight()


def _loan_rule() -> None:
    op.create_table(
        "loan_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("loan_case", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("renewals", sa.Integer(), nullable=False),
        sa.Column("renewal_days", sa.Integer(), nullable=False),
        sa.Column("uses", sa.JSON(), nullable=False),
        sa.Column("masked", sa.Boolean(), nullable=False),
        sa.Column("watermark", sa.Boolean(), nullable=False),
        sa.Column("stamped", sa.Boolean(), nullable=False),
        sa.Column("legal_basis", sa.Boolean(), nullable=False),
        sa.Column("asks_reason", sa.Boolean(), nullable=False),
        sa.Column("own_department_free", sa.Boolean(), nullable=False),
        sa.Column("original_stays", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(length=255), nullable=False),
        sa.CheckConstraint(
            "loan_case IN ('external_original', 'accounting', 'take_out', 'internal_unmasked', 'external_copy', 'as_built', 'internal_original', 'internal_masked', 'owner_own', 'internal_open')",
            name=op.f("ck_loan_rule_loan_case"),
        ),
        sa.CheckConstraint("why <> ''", name=op.f("ck_loan_rule_why")),
        sa.CheckConstraint("(renewals = 0) = (renewal_days = 0)", name=op.f("ck_loan_rule_renewal_days")),
        sa.CheckConstraint("days BETWEEN 1 AND 365", name=op.f("ck_loan_rule_days")),
        sa.CheckConstraint("renewals BETWEEN 0 AND 12", name=op.f("ck_loan_rule_renewals")),
        sa.ForeignKeyConstraint(["changed_by"], ["user.id"], name=op.f("fk_loan_rule_changed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_rule")),
        sa.UniqueConstraint("loan_case", "revision", name=op.f("uq_loan_rule_loan_case_revision")),
    )
    op.create_index(
        "uq_loan_rule_in_force",
        "loan_rule",
        ["loan_case"],
        unique=True,
        sqlite_where=sa.text("in_force"),
        postgresql_where=sa.text("in_force"),
    )


def _loan() -> None:
    op.create_table(
        "loan",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=False),
        sa.Column("borrower_kind", sa.String(length=12), nullable=False),
        sa.Column("borrower_id", sa.Integer(), nullable=True),
        sa.Column("party_id", sa.Integer(), nullable=True),
        sa.Column("organisation", sa.String(length=120), nullable=False),
        sa.Column("person_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("person_masked", sa.String(length=120), nullable=False),
        sa.Column("id_type", sa.String(length=12), nullable=False),
        sa.Column("id_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id_masked", sa.String(length=64), nullable=False),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("contact_masked", sa.String(length=64), nullable=False),
        sa.Column("letter_no", sa.String(length=64), nullable=False),
        sa.Column("id_checked_by", sa.Integer(), nullable=True),
        sa.Column("id_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("legal_basis", sa.String(length=255), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("purpose_text", sa.String(length=500), nullable=False),
        sa.Column("use_mode", sa.String(length=12), nullable=False),
        sa.Column("unmasked", sa.Boolean(), nullable=False),
        sa.Column("unmask_reason", sa.String(length=255), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("undertaking", sa.String(length=8), nullable=False),
        sa.Column("undertaken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("loan_case", sa.String(length=20), nullable=True),
        sa.Column("cases", sa.JSON(), nullable=False),
        sa.Column("renewals", sa.Integer(), nullable=False),
        sa.Column("renewal_days", sa.Integer(), nullable=False),
        sa.Column("masked", sa.Boolean(), nullable=False),
        sa.Column("watermark", sa.Boolean(), nullable=False),
        sa.Column("stamped", sa.Boolean(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetch_by", sa.Date(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("renewals_used", sa.Integer(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by", sa.Integer(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remarks", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "(borrower_kind = 'organisation') = (organisation <> '')", name=op.f("ck_loan_organisation")
        ),
        sa.CheckConstraint("(borrower_kind = 'owner') = (party_id IS NOT NULL)", name=op.f("ck_loan_party")),
        sa.CheckConstraint(
            "(borrower_kind = 'user') = (borrower_id IS NOT NULL)", name=op.f("ck_loan_borrower")
        ),
        sa.CheckConstraint(
            "(state IN ('cancelled', 'closed', 'closed_with_remedy', 'expired', 'rejected')) = (ended_at IS NOT NULL)",
            name=op.f("ck_loan_ended"),
        ),
        sa.CheckConstraint(
            "borrower_kind = 'user' OR id_checked_by IS NOT NULL", name=op.f("ck_loan_id_checked")
        ),
        sa.CheckConstraint(
            "borrower_kind IN ('user', 'organisation', 'owner')", name=op.f("ck_loan_borrower_kind")
        ),
        sa.CheckConstraint(
            "id_type IN ('', 'id_card', 'passport', 'hk_macao', 'taiwan', 'credit_code')",
            name=op.f("ck_loan_id_type"),
        ),
        sa.CheckConstraint(
            "loan_case IN ('external_original', 'accounting', 'take_out', 'internal_unmasked', 'external_copy', 'as_built', 'internal_original', 'internal_masked', 'owner_own', 'internal_open')",
            name=op.f("ck_loan_loan_case"),
        ),
        sa.CheckConstraint(
            "purpose IN ('work', 'repair', 'litigation', 'audit', 'owner_enquiry', 'other')",
            name=op.f("ck_loan_purpose"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'cancelled') OR undertaken_at IS NOT NULL", name=op.f("ck_loan_undertaken")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'dept_approved', 'archive_checked', 'approved', 'issued', 'renewal_requested', 'return_pending_check', 'closed', 'rejected', 'cancelled', 'expired', 'damaged', 'incomplete', 'lost', 'remedy', 'closed_with_remedy')",
            name=op.f("ck_loan_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'archive_checked', 'closed', 'closed_with_remedy', 'damaged', 'dept_approved', 'expired', 'incomplete', 'issued', 'lost', 'rejected', 'remedy', 'renewal_requested', 'return_pending_check', 'submitted') OR loan_case IS NOT NULL",
            name=op.f("ck_loan_has_case"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('issued', 'renewal_requested') OR (issued_at IS NOT NULL AND due_on IS NOT NULL)",
            name=op.f("ck_loan_issued"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('return_pending_check', 'damaged', 'incomplete') OR taken_back_at IS NOT NULL",
            name=op.f("ck_loan_taken_back"),
        ),
        sa.CheckConstraint(
            "use_mode IN ('on_site', 'copy', 'electronic', 'take_out')", name=op.f("ck_loan_use_mode")
        ),
        sa.CheckConstraint(
            "borrower_id IS NULL OR borrower_id = requested_by", name=op.f("ck_loan_asks_for_oneself")
        ),
        sa.CheckConstraint("checked_by <> borrower_id", name=op.f("ck_loan_not_checked_by_oneself")),
        sa.CheckConstraint("days >= 1", name=op.f("ck_loan_days")),
        sa.CheckConstraint("issued_by <> borrower_id", name=op.f("ck_loan_not_to_oneself")),
        sa.CheckConstraint("renewals_used BETWEEN 0 AND renewals", name=op.f("ck_loan_renewals_used")),
        sa.CheckConstraint("taken_back_by <> borrower_id", name=op.f("ck_loan_not_back_by_oneself")),
        sa.ForeignKeyConstraint(["borrower_id"], ["user.id"], name=op.f("fk_loan_borrower_id")),
        sa.ForeignKeyConstraint(["checked_by"], ["user.id"], name=op.f("fk_loan_checked_by")),
        sa.ForeignKeyConstraint(["id_checked_by"], ["user.id"], name=op.f("fk_loan_id_checked_by")),
        sa.ForeignKeyConstraint(["issued_by"], ["user.id"], name=op.f("fk_loan_issued_by")),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_loan_party_id")),
        sa.ForeignKeyConstraint(["requested_by"], ["user.id"], name=op.f("fk_loan_requested_by")),
        sa.ForeignKeyConstraint(["taken_back_by"], ["user.id"], name=op.f("fk_loan_taken_back_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan")),
        sa.UniqueConstraint("number", name=op.f("uq_loan_number")),
    )
    op.create_index("ix_loan_borrower_id_id", "loan", ["borrower_id", "id"], unique=False)
    op.create_index("ix_loan_created_on_id", "loan", ["created_on", "id"], unique=False)
    op.create_index("ix_loan_issued_at", "loan", ["issued_at"], unique=False)
    op.create_index("ix_loan_organisation", "loan", ["organisation"], unique=False)
    op.create_index(
        "ix_loan_out",
        "loan",
        ["due_on", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('issued', 'renewal_requested')"),
        postgresql_where=sa.text("state IN ('issued', 'renewal_requested')"),
    )
    op.create_index("ix_loan_party_id", "loan", ["party_id"], unique=False)
    op.create_index("ix_loan_requested_by_id", "loan", ["requested_by", "id"], unique=False)
    op.create_index("ix_loan_state_id", "loan", ["state", "id"], unique=False)
    op.create_index(
        "ix_loan_to_fetch",
        "loan",
        ["fetch_by", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'approved'"),
        postgresql_where=sa.text("state = 'approved'"),
    )


def _loan_change() -> None:
    op.create_table(
        "loan_change",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("loan_id", _BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("before", sa.String(length=20), nullable=False),
        sa.Column("after", sa.String(length=20), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_loan_change_by")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_loan_change_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_change")),
    )
    op.create_index("ix_loan_change_loan_id_id", "loan_change", ["loan_id", "id"], unique=False)


def _loan_chase() -> None:
    op.create_table(
        "loan_chase",
        sa.Column("loan_id", _BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["user.id"], name=op.f("fk_loan_chase_by")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_loan_chase_loan_id")),
        sa.PrimaryKeyConstraint("loan_id", "day", name=op.f("pk_loan_chase")),
    )


def _loan_reminder() -> None:
    op.create_table(
        "loan_reminder",
        sa.Column("loan_id", _BIG, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("stage", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stage IN (-1, 0, 1, 3, 7, 15)", name=op.f("ck_loan_reminder_stage")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_loan_reminder_loan_id")),
        sa.PrimaryKeyConstraint("loan_id", "due_on", "stage", name=op.f("pk_loan_reminder")),
    )


def _loan_renewal() -> None:
    op.create_table(
        "loan_renewal",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("loan_id", _BIG, nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("due_before", sa.Date(), nullable=False),
        sa.Column("due_after", sa.Date(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(settled_at IS NULL) = (granted IS NULL)", name=op.f("ck_loan_renewal_settled")),
        sa.CheckConstraint("days >= 1", name=op.f("ck_loan_renewal_days")),
        sa.ForeignKeyConstraint(["asked_by"], ["user.id"], name=op.f("fk_loan_renewal_asked_by")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_loan_renewal_loan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_renewal")),
    )
    op.create_index("ix_loan_renewal_loan_id_id", "loan_renewal", ["loan_id", "id"], unique=False)
    op.create_index(
        "uq_loan_renewal_open",
        "loan_renewal",
        ["loan_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )


def _loan_item() -> None:
    op.create_table(
        "loan_item",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("loan_id", _BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("case_file_id", sa.Integer(), nullable=True),
        sa.Column("within_file_id", sa.Integer(), nullable=True),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.Column("archival_no", sa.String(length=64), nullable=False),
        sa.Column("class_code", sa.String(length=12), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("pages_out", sa.Integer(), nullable=True),
        sa.Column("condition_out", sa.String(length=8), nullable=False),
        sa.Column("note_out", sa.String(length=255), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("stamp_no", sa.String(length=16), nullable=False),
        sa.Column("pages_back", sa.Integer(), nullable=True),
        sa.Column("condition_back", sa.String(length=8), nullable=False),
        sa.Column("note_back", sa.String(length=255), nullable=False),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.CheckConstraint("(copies = 0) = (stamp_no = '')", name=op.f("ck_loan_item_stamp_no")),
        sa.CheckConstraint(
            "condition_back IN ('', 'good', 'worn', 'damaged')", name=op.f("ck_loan_item_condition_back")
        ),
        sa.CheckConstraint(
            "condition_out IN ('', 'good', 'worn', 'damaged')", name=op.f("ck_loan_item_condition_out")
        ),
        sa.CheckConstraint("form IN ('original', 'copy')", name=op.f("ck_loan_item_form")),
        sa.CheckConstraint(
            "level IN ('PUBLIC', 'INTERNAL', 'PERSONAL', 'CONFIDENTIAL', 'SENSITIVE')",
            name=op.f("ck_loan_item_level"),
        ),
        sa.CheckConstraint(
            "outcome IN ('lost', 'incomplete', 'damaged', 'whole')", name=op.f("ck_loan_item_outcome")
        ),
        sa.CheckConstraint(
            "(CASE WHEN document_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN case_file_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_loan_item_one_thing"),
        ),
        sa.CheckConstraint("pages >= 0", name=op.f("ck_loan_item_pages")),
        sa.CheckConstraint("pages_back >= 0", name=op.f("ck_loan_item_pages_back")),
        sa.CheckConstraint("pages_out >= 0", name=op.f("ck_loan_item_pages_out")),
        sa.ForeignKeyConstraint(["case_file_id"], ["case_file.id"], name=op.f("fk_loan_item_case_file_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_loan_item_document_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_loan_item_loan_id")),
        sa.ForeignKeyConstraint(
            ["within_file_id"], ["case_file.id"], name=op.f("fk_loan_item_within_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_item")),
        sa.UniqueConstraint("loan_id", "position", name=op.f("uq_loan_item_loan_id_position")),
    )
    op.create_index("ix_loan_item_case_file_id_id", "loan_item", ["case_file_id", "id"], unique=False)
    op.create_index("ix_loan_item_document_id_id", "loan_item", ["document_id", "id"], unique=False)
    op.create_index(
        "ix_loan_item_held_within",
        "loan_item",
        ["within_file_id"],
        unique=False,
        sqlite_where=sa.text("held"),
        postgresql_where=sa.text("held"),
    )
    op.create_index(
        "ix_loan_item_lost",
        "loan_item",
        ["document_id", "case_file_id"],
        unique=False,
        sqlite_where=sa.text("outcome = 'lost'"),
        postgresql_where=sa.text("outcome = 'lost'"),
    )
    op.create_index(
        "uq_loan_item_held_case_file",
        "loan_item",
        ["case_file_id"],
        unique=True,
        sqlite_where=sa.text("held"),
        postgresql_where=sa.text("held"),
    )
    op.create_index(
        "uq_loan_item_held_document",
        "loan_item",
        ["document_id"],
        unique=True,
        sqlite_where=sa.text("held"),
        postgresql_where=sa.text("held"),
    )
    op.create_index("uq_loan_item_loan_case_file", "loan_item", ["loan_id", "case_file_id"], unique=True)
    op.create_index("uq_loan_item_loan_document", "loan_item", ["loan_id", "document_id"], unique=True)


def _loan_photo() -> None:
    op.create_table(
        "loan_photo",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("loan_item_id", _BIG, nullable=False),
        sa.Column("moment", sa.String(length=6), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("picture", sa.String(length=64), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'ready') = (picture IS NOT NULL)", name=op.f("ck_loan_photo_picture")),
        sa.CheckConstraint("moment IN ('issue', 'return')", name=op.f("ck_loan_photo_moment")),
        sa.CheckConstraint("state IN ('received', 'ready', 'refused')", name=op.f("ck_loan_photo_state")),
        sa.ForeignKeyConstraint(["added_by"], ["user.id"], name=op.f("fk_loan_photo_added_by")),
        sa.ForeignKeyConstraint(["loan_item_id"], ["loan_item.id"], name=op.f("fk_loan_photo_loan_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan_photo")),
    )
    op.create_index("ix_loan_photo_digest", "loan_photo", ["digest"], unique=False)
    op.create_index("ix_loan_photo_loan_item_id_id", "loan_photo", ["loan_item_id", "id"], unique=False)
    op.create_index("ix_loan_photo_picture", "loan_photo", ["picture"], unique=False)


def _remedy() -> None:
    op.create_table(
        "remedy",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("loan_id", _BIG, nullable=False),
        sa.Column("loan_item_id", _BIG, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=True),
        sa.Column("statement", sa.String(length=2000), nullable=False),
        sa.Column("statement_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("statement_by", sa.Integer(), nullable=True),
        sa.Column("rebuilt", sa.String(length=10), nullable=True),
        sa.Column("rebuilt_source", sa.String(length=255), nullable=False),
        sa.Column("replacement_id", sa.Uuid(), nullable=True),
        sa.Column("rebuilt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rebuilt_by", sa.Integer(), nullable=True),
        sa.Column("compensation_fen", sa.Integer(), nullable=True),
        sa.Column("compensation_note", sa.String(length=255), nullable=False),
        sa.Column("compensated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("compensated_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("outcome IN ('lost', 'incomplete', 'damaged')", name=op.f("ck_remedy_outcome")),
        sa.CheckConstraint("rebuilt IN ('master', 'issuer', 'impossible')", name=op.f("ck_remedy_rebuilt")),
        sa.CheckConstraint(
            "rebuilt IS NULL OR rebuilt = 'impossible' OR rebuilt_source <> ''",
            name=op.f("ck_remedy_rebuilt_source"),
        ),
        sa.CheckConstraint(
            "replacement_id IS NULL OR rebuilt IN ('master', 'issuer')", name=op.f("ck_remedy_replacement")
        ),
        sa.CheckConstraint(
            "state <> 'done' OR (compensation_fen IS NOT NULL AND note <> '' AND closed_at IS NOT NULL)",
            name=op.f("ck_remedy_done"),
        ),
        sa.CheckConstraint(
            "state IN ('suspected', 'open', 'done', 'dismissed')", name=op.f("ck_remedy_state")
        ),
        sa.CheckConstraint("compensation_fen >= 0", name=op.f("ck_remedy_compensation_fen")),
        sa.CheckConstraint(
            "compensation_fen IS NULL OR rebuilt IS NOT NULL", name=op.f("ck_remedy_rebuilt_first")
        ),
        sa.CheckConstraint(
            "rebuilt IS NULL OR statement_at IS NOT NULL", name=op.f("ck_remedy_statement_first")
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["user.id"], name=op.f("fk_remedy_closed_by")),
        sa.ForeignKeyConstraint(["compensated_by"], ["user.id"], name=op.f("fk_remedy_compensated_by")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_remedy_loan_id")),
        sa.ForeignKeyConstraint(["loan_item_id"], ["loan_item.id"], name=op.f("fk_remedy_loan_item_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["user.id"], name=op.f("fk_remedy_opened_by")),
        sa.ForeignKeyConstraint(["rebuilt_by"], ["user.id"], name=op.f("fk_remedy_rebuilt_by")),
        sa.ForeignKeyConstraint(["replacement_id"], ["document.id"], name=op.f("fk_remedy_replacement_id")),
        sa.ForeignKeyConstraint(["statement_by"], ["user.id"], name=op.f("fk_remedy_statement_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy")),
    )
    op.create_index("ix_remedy_loan_id_id", "remedy", ["loan_id", "id"], unique=False)
    op.create_index(
        "ix_remedy_open",
        "remedy",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state IN ('suspected', 'open')"),
        postgresql_where=sa.text("state IN ('suspected', 'open')"),
    )
    op.create_index("ix_remedy_replacement_id", "remedy", ["replacement_id"], unique=False)
    op.create_index(
        "uq_remedy_unsettled",
        "remedy",
        ["loan_item_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('suspected', 'open')"),
        postgresql_where=sa.text("state IN ('suspected', 'open')"),
    )


def _reservation() -> None:
    op.create_table(
        "reservation",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("loan_id", _BIG, nullable=False),
        sa.Column("loan_item_id", _BIG, nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("case_file_id", sa.Integer(), nullable=True),
        sa.Column("within_file_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offer_until", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('waiting', 'offered')) = (ended_at IS NULL)", name=op.f("ck_reservation_ended")
        ),
        sa.CheckConstraint(
            "state <> 'offered' OR offer_until IS NOT NULL", name=op.f("ck_reservation_offer_until")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'offered', 'taken', 'lapsed', 'withdrawn')",
            name=op.f("ck_reservation_state"),
        ),
        sa.CheckConstraint(
            "(CASE WHEN document_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN case_file_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_reservation_one_thing"),
        ),
        sa.ForeignKeyConstraint(["case_file_id"], ["case_file.id"], name=op.f("fk_reservation_case_file_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_reservation_document_id")),
        sa.ForeignKeyConstraint(["loan_id"], ["loan.id"], name=op.f("fk_reservation_loan_id")),
        sa.ForeignKeyConstraint(["loan_item_id"], ["loan_item.id"], name=op.f("fk_reservation_loan_item_id")),
        sa.ForeignKeyConstraint(
            ["within_file_id"], ["case_file.id"], name=op.f("fk_reservation_within_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
    )
    op.create_index(
        "ix_reservation_case_file",
        "reservation",
        ["case_file_id", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'offered')"),
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_index(
        "ix_reservation_document",
        "reservation",
        ["document_id", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'offered')"),
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_index("ix_reservation_loan_id", "reservation", ["loan_id"], unique=False)
    op.create_index(
        "ix_reservation_offer_until",
        "reservation",
        ["offer_until"],
        unique=False,
        sqlite_where=sa.text("state = 'offered'"),
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.create_index(
        "ix_reservation_within",
        "reservation",
        ["within_file_id", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'offered')"),
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_index(
        "uq_reservation_in_line",
        "reservation",
        ["loan_item_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('waiting', 'offered')"),
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_index(
        "uq_reservation_offered_case_file",
        "reservation",
        ["case_file_id"],
        unique=True,
        sqlite_where=sa.text("state = 'offered'"),
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.create_index(
        "uq_reservation_offered_document",
        "reservation",
        ["document_id"],
        unique=True,
        sqlite_where=sa.text("state = 'offered'"),
        postgresql_where=sa.text("state = 'offered'"),
    )


def _add_triggers() -> None:
    for table, columns in _KEPT.items():
        _refuse(f"{table}_kept", f"UPDATE OF {', '.join(columns)}", table)
    for table in _NEVER_CHANGES:
        _refuse(f"{table}_kept", "UPDATE", table)
    for table, ended in _ENDED.items():
        _refuse(f"{table}_ended", "UPDATE", table, ended)
    for table in _NO_DELETE:
        _refuse(f"{table}_no_delete", "DELETE" if _on_sqlite() else "DELETE OR TRUNCATE", table)


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _refuse(name: str, what: str, table: str, when: str = "") -> None:
    if _on_sqlite():
        condition = f"WHEN {when} " if when else ""
        says = f"BEGIN SELECT RAISE(ABORT, '{table}_kept'); END"
        op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON {table} {condition}{says}")
        return
    condition = f"FOR EACH ROW WHEN ({when})" if when else "FOR EACH STATEMENT"
    op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON {table} {condition} EXECUTE FUNCTION refuse_kept()")


def _lent_sight() -> None:
    """Sight that a slip lends names it, and may be of covered pages. On SQLite the table is made anew, and with it its
    triggers."""
    for name in ("sight_grant_kept", "sight_grant_no_delete"):
        op.execute(f"DROP TRIGGER {name}" if _on_sqlite() else f"DROP TRIGGER {name} ON sight_grant")
    with op.batch_alter_table("sight_grant") as batch_op:
        batch_op.add_column(sa.Column("slip", sa.String(length=16), server_default="", nullable=False))
        batch_op.drop_constraint(op.f("ck_sight_grant_sight"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_sight_grant_sight"), "sight IN ('masked', 'view', 'download')"
        )
        batch_op.create_check_constraint(
            op.f("ck_sight_grant_masked_by_slip"), "sight <> 'masked' OR slip <> ''"
        )
    with op.batch_alter_table("sight_grant") as batch_op:
        batch_op.alter_column("slip", server_default=None)
    _refuse("sight_grant_kept", f"UPDATE OF {', '.join(_GRANTED)}", "sight_grant")
    _refuse("sight_grant_no_delete", "DELETE" if _on_sqlite() else "DELETE OR TRUNCATE", "sight_grant")


def downgrade() -> None:
    raise NotImplementedError("what was lent to whom, and what was lost, is on record for good")
