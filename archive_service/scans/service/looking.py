"""What looking at a version found is kept, so that papers that look alike find each other."""

import base64
import os
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.exc import IntegrityError

from archive_service import people, records
from archive_service.classification import selectable_class
from archive_service.kernel.actor import Permission, service_actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.scans.models import LookKey, PageLook, ScanLook, SeparatorSheet
from archive_service.scans.queries import looks as queries
from archive_service.scans.rules.likeness import Print, keys_of, surplus
from archive_service.scans.rules.sheets import TOKEN_BYTES, Sheet, token_in
from archive_service.unit_of_work import UnitOfWork

AT_ONCE: Final = 500  # rows named in one statement


@dataclass(frozen=True, slots=True)
class PageSeen:
    """``codes``: what the QR codes on it say, whoever made them."""

    is_blank: bool
    codes: tuple[str, ...] = ()


def keep_look(work: UnitOfWork, version_id: int, made: Print, pages: Mapping[int, PageSeen]) -> None:
    """Keep it in place of what an earlier look found. ``pages``: those that may be blank or separator sheets."""
    version = records.version_by_id(work.session, version_id)
    tokens = {
        number: token
        for number, page in pages.items()
        for token in map(token_in, page.codes)
        if token is not None
    }
    sheets = queries.sheets_by_token(work.session, set(tokens.values()))
    for old in work.session.scalars(select(ScanLook).where(ScanLook.document_id == version.document_id)):
        # Also of its older versions: they look like nothing any more.
        _forget_keys(work, old)
    known = work.session.get(ScanLook, version_id)
    proposed = known.proposal if known is not None and known.proposal != "none" else "none"
    found = {n: sheets[token] for n, token in tokens.items() if token in sheets}
    if proposed == "none" and found:
        proposed = "open"
    look = known or ScanLook(version_id=version_id, document_id=version.document_id)
    look.looked_at, look.text_print, look.number_print = work.now, made.text, made.numbers
    look.picture = None if made.picture is None else made.picture.to_bytes(8)
    look.characters, look.figures, look.proposal = made.characters, made.figures, proposed
    work.session.add(look)
    work.session.execute(delete(PageLook).where(PageLook.version_id == version_id))
    rows = [
        {"version_id": version_id, "number": n, "is_blank": page.is_blank, "sheet_id": found.get(n)}
        for n, page in pages.items()
        if page.is_blank or n in found
    ]
    work.session.flush()
    if rows:
        work.session.execute(insert(PageLook), rows)
    row = records.documents_by_id(work.session, service_actor(), [version.document_id]).get(
        version.document_id
    )
    if version.is_current and row is not None:
        keys = set(keys_of(made))
        if keys:
            work.session.execute(
                insert(LookKey), [{"key": key, "version_id": version_id} for key in sorted(keys)]
            )
            _make_room(work, keys)


def _make_room(work: UnitOfWork, keys: Collection[int]) -> None:
    """Under no key stand more than may; ``rules.likeness`` says which stay."""
    crowded = queries.crowded_keys(work.session, keys)
    documents = sorted({document_id for under in crowded.values() for document_id in under.values()})
    audiences: dict[uuid.UUID, records.Audience] = {}
    for at in range(0, len(documents), AT_ONCE):
        audiences |= records.audiences(work.session, documents[at : at + AT_ONCE])
    out = [
        (key, version_id)
        for key, under in crowded.items()
        for version_id in surplus({version: audiences.get(document) for version, document in under.items()})
    ]
    for at in range(0, len(out), AT_ONCE):
        these = tuple_(LookKey.key, LookKey.version_id).in_(out[at : at + AT_ONCE])
        # What somebody else takes out at this moment need not be waited for.
        held = select(LookKey.key, LookKey.version_id).where(these).with_for_update(skip_locked=True)
        gone = [tuple(row) for row in work.session.execute(held)]
        if gone:
            work.session.execute(delete(LookKey).where(tuple_(LookKey.key, LookKey.version_id).in_(gone)))


def _forget_keys(work: UnitOfWork, look: ScanLook) -> None:
    keys: Sequence[int] = keys_of(queries.print_of(look))
    if keys:
        work.session.execute(
            delete(LookKey).where(LookKey.key.in_(keys), LookKey.version_id == look.version_id)
        )


def separator_sheet(work: UnitOfWork, *, class_code: str = "", file_no: str = "") -> Sheet:
    """The sheet that says this of the papers behind it, made once and printed as often as wanted.

    ``file_no``: of a case file that the actor sees; its class goes with it. Raises Forbidden, UnknownClass, NotFound.
    """
    work.actor.must(Permission.UPLOAD)
    target = ""
    if file_no:
        file = records.case_file_called(work.session, work.actor, file_no)
        if file is None:
            raise NotFound()
        class_code, file_no, target = file.class_code, file.file_no, f"file:{file.file_no}"
    elif class_code:
        target = f"class:{class_code}"
    if class_code:
        selectable_class(work, class_code)
        if not people.may_upload_to(work.actor, class_code):
            raise Forbidden()
    known = queries.sheet_of(work.session, target)
    if known is not None:
        return known
    token = base64.b32encode(os.urandom(TOKEN_BYTES)).decode()
    row = SeparatorSheet(
        token=token,
        target=target,
        class_code=class_code or None,
        file_no=file_no,
        created_at=work.now,
        created_by=work.actor.user_id,
    )
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError:
        # Somebody else printed the first of its kind at the very same moment.
        other = queries.sheet_of(work.session, target)
        assert other is not None
        return other
    work.audit("separator-sheet.made", f"separator-sheet:{row.id}", class_code=class_code, file_no=file_no)
    return Sheet(token, class_code, file_no)
