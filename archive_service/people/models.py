import uuid
from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from archive_service.kernel.db import Base, BigId, UtcDateTime

STANDING = text("approved_at IS NOT NULL AND revoked_at IS NULL")
WAITING = text("approved_at IS NULL AND refused_at IS NULL AND withdrawn_at IS NULL")


class User(Base):
    """A person who signs in. Rows stay for ever: the audit trail and old papers name people by this id."""

    __tablename__ = "user"
    __table_args__ = (CheckConstraint("name = lower(name)", name="lower_case_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)  # what is typed at sign-in
    display_name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(254))
    password: Mapped[str | None] = mapped_column(String(255))  # argon2id; None until a set-up link was used
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)  # what a session knows the person by
    tf_primary_method: Mapped[str | None] = mapped_column(String(20))  # "authenticator" once enrolled
    tf_totp_secret: Mapped[str | None] = mapped_column(Text)  # encrypted
    tf_last_counter: Mapped[int | None]  # the time step of the last code taken: a code works once
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(JSON)  # encrypted, one use each
    language: Mapped[str | None] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    password_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the grace for enrolling begins
    last_signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RoleGrant(Base):
    """That a person holds a role from one business day to another, once somebody else approved it. Refused, withdrawn
    or revoked, never deleted."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index(
            "uq_role_grant_standing",
            "user_id",
            "role",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
        Index(
            "uq_role_grant_waiting",
            "user_id",
            "role",
            unique=True,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
        CheckConstraint("granted_by <> user_id", name="not_to_oneself"),
        CheckConstraint("approved_by <> granted_by", name="approved_by_a_second"),
        CheckConstraint("approved_by <> user_id", name="not_approved_by_oneself"),
        CheckConstraint("approved_by IS NULL OR approved_at IS NOT NULL", name="approved_when"),
        CheckConstraint("refused_by <> granted_by", name="refused_by_a_second"),
        CheckConstraint("refused_by <> user_id", name="not_refused_by_oneself"),
        CheckConstraint("refused_by IS NULL OR refused_at IS NOT NULL", name="refused_when"),
        CheckConstraint("(refused_at IS NULL) = (refuse_reason = '')", name="refused_why"),
        CheckConstraint("withdrawn_by IS NULL OR withdrawn_at IS NOT NULL", name="withdrawn_when"),
        CheckConstraint(
            "(CASE WHEN approved_at IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN refused_at IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN withdrawn_at IS NULL THEN 0 ELSE 1 END) <= 1",
            name="decided_once",
        ),
        CheckConstraint("revoked_at IS NULL OR approved_at IS NOT NULL", name="revoked_if_approved"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates_in_order"),
        CheckConstraint("revoked_by IS NULL OR revoked_at IS NOT NULL", name="revoked_when"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    role: Mapped[str] = mapped_column(String(32))
    classes: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))  # None: the role's usual ones
    valid_from: Mapped[date]  # first day, Asia/Shanghai
    valid_to: Mapped[date | None]  # last day
    granted_by: Mapped[int | None] = mapped_column(
        ForeignKey("user.id")
    )  # who proposed it; None: the service itself
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaces: Mapped[int | None] = mapped_column(ForeignKey("role_grant.id"))  # what its approval ends
    approved_by: Mapped[int | None] = mapped_column(
        ForeignKey("user.id")
    )  # None: nobody could, so it held at once
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refuse_reason: Mapped[str] = mapped_column(String(255), default="")
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SightGrant(Base):
    """That one person sees one document, one case file or one class, up to a level and from one business day to
    another. Revoked, never deleted, and no word of it changes."""

    __tablename__ = "sight_grant"
    __table_args__ = (
        CheckConstraint("granted_by <> user_id", name="not_to_oneself"),
        CheckConstraint("valid_to >= valid_from", name="dates_in_order"),
        CheckConstraint(
            "(CASE WHEN document_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN case_file_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN class_code IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_thing",
        ),
        CheckConstraint("sight IN ('masked', 'view', 'download')", name="sight"),
        # Pages are shown masked by the word of a slip only: of who may see nothing else of them.
        CheckConstraint("sight <> 'masked' OR slip <> ''", name="masked_by_slip"),
        CheckConstraint(
            "up_to IN ('PUBLIC', 'INTERNAL', 'PERSONAL', 'CONFIDENTIAL', 'SENSITIVE')", name="up_to"
        ),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("revoked_at IS NULL OR revoke_reason <> ''", name="revoke_reason"),
        Index("ix_sight_grant_user_id", "user_id"),
        Index("ix_sight_grant_document_id", "document_id"),
        Index("ix_sight_grant_case_file_id", "case_file_id"),
        Index("ix_sight_grant_class_code", "class_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    document_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("document.id"))
    case_file_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    class_code: Mapped[str | None] = mapped_column(ForeignKey("record_class.code"))
    up_to: Mapped[str] = mapped_column(String(12))
    sight: Mapped[str] = mapped_column(String(8))
    valid_from: Mapped[date]  # first day, Asia/Shanghai
    valid_to: Mapped[date]  # last day
    reason: Mapped[str] = mapped_column(String(255))
    slip: Mapped[str] = mapped_column(String(16), default="")  # of the loan that it was lent by
    granted_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoke_reason: Mapped[str] = mapped_column(String(255), default="")


class ApiToken(Base):
    """A key for programs, kept as a digest; it carries no more than its owner may, for 90 days at most."""

    __tablename__ = "api_token"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="ends"),
        Index("ix_api_token_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the token, hex
    scopes: Mapped[list[str]] = mapped_column(JSON)  # "read", "write"
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # to the minute
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BrowserSession(Base):
    """What a browser's cookie stands for. The row goes when the session ends."""

    __tablename__ = "session"
    __table_args__ = (
        Index("ix_session_user_id", "user_id"),
        Index("ix_session_expires_at", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the cookie's value, hex
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    data: Mapped[str] = mapped_column(Text)  # JSON
    agent: Mapped[str] = mapped_column(String(200), default="")  # the browser, so that people know their own
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)  # to the minute
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)  # moves on with use, up to the absolute end


class SetupLink(Base):
    """A link that works once: for the first administrator (``user_id`` None) or to choose a password."""

    __tablename__ = "setup_link"
    __table_args__ = (Index("ix_setup_link_user_id", "user_id"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the link's token, hex
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInFailure(Base):
    """A try with a wrong password or code. In the database, so that all web processes count together."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (
        Index("ix_sign_in_failure_account_at", "account", "at"),
        Index("ix_sign_in_failure_address_at", "address", "at"),
        Index("ix_sign_in_failure_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    decided: Mapped[bool] = mapped_column(default=False)  # False while the try is being looked at
    account: Mapped[str] = mapped_column(String(64))  # SHA-256 of the name typed: people type passwords there
    address: Mapped[str] = mapped_column(String(64))  # SHA-256 of the network address, of IPv6 its /64
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignInPlace(Base):
    """An address from which somebody signed in, kept for 30 days: others' wrong tries don't stop them there."""

    __tablename__ = "sign_in_place"
    __table_args__ = (Index("ix_sign_in_place_at", "at"),)

    account: Mapped[str] = mapped_column(String(64), primary_key=True)  # as in SignInFailure
    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
