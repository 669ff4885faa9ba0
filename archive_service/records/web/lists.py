"""The tree of classes with what stands in them, and the lists of documents."""

from dataclasses import dataclass
from typing import Final

from flask import redirect, render_template, request, url_for
from werkzeug import Response

from archive_service import classification
from archive_service.classification import ClassRow
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import NotFound
from archive_service.records.queries import documents as queries
from archive_service.records.queries.counting import class_counts
from archive_service.records.queries.documents import DocumentFilter, Sort
from archive_service.records.queries.level_requests import level_requests_to_decide
from archive_service.records.queries.rows import DocumentRow
from archive_service.records.rules import READ, STUCK, UNREAD, VersionState
from archive_service.records.web.furnishing import blueprint
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    current_language,
    only_asked,
)

PAGE_SIZE: Final = 50
SHOWN: Final[dict[str, tuple[VersionState, ...]]] = {
    "reading": UNREAD,
    "read": READ,
    "stuck": STUCK,
}
_SORTS: Final[dict[str, Sort]] = {"-added": "newest", "added": "oldest", "title": "title", "-date": "date"}


@dataclass(frozen=True, slots=True)
class Branch:
    """A class of the tree: how many documents stand directly in it, and with all that lies below it."""

    row: ClassRow
    own: int
    total: int
    below: tuple["Branch", ...]


def grown(classes: list[ClassRow], counts: dict[str, int]) -> tuple[Branch, ...]:
    """The plan as trees, in its own order."""
    children: dict[str | None, list[ClassRow]] = {}
    for row in classes:
        children.setdefault(row.parent, []).append(row)

    def branch(row: ClassRow) -> Branch:
        below = tuple(branch(child) for child in children.get(row.code, ()))
        own = counts.get(row.code, 0)
        return Branch(row, own, own + sum(b.total for b in below), below)

    return tuple(branch(row) for row in children.get(None, ()))


@blueprint.get("/files")
def files() -> str:
    """Every class with the number of documents in it that the person may see."""
    only_asked()
    actor = current_actor()
    actor.must(Permission.SEARCH)
    with current_archive().reading() as session:
        classes = classification.class_rows(session)
        counts = class_counts(session, actor)
        levels = level_requests_to_decide(session, actor) if actor.may(Permission.LOWER_LEVEL) else 0
    return render_template(
        "records/files.html",
        levels=levels,
        may_appraise=actor.may(Permission.APPRAISE),
        tree=grown(classes, counts),
        unclassified=counts.get("", 0),
        total=sum(counts.values()),
        language=current_language(),
    )


@blueprint.get("/files/<code>")
def class_files(code: str) -> str:
    """The documents of a class and of what lies below it."""
    return _list(code)


@blueprint.get("/documents")
def listing() -> str | Response:
    """``class``: those without one; of a class itself the list is at the address of the class."""
    code = request.args.get("class", "")
    if code not in ("", "none"):
        only_asked("page", "sort", "state", "class")
        asked = {name: request.args[name] for name in ("page", "sort", "state") if name in request.args}
        return redirect(url_for("records.class_files", code=code, **asked))  # type: ignore[arg-type]  # texts all
    return _list("")


def _list(code: str) -> str:
    only_asked("page", "sort", "state", *([] if code else ["class"]))
    actor = current_actor()
    actor.must(Permission.SEARCH)
    state, sort = request.args.get("state", ""), request.args.get("sort", "")
    sort = sort if sort in _SORTS else "-added"
    unclassified = not code and request.args.get("class") == "none"
    wanted = DocumentFilter(class_code=code, unclassified=unclassified, states=SHOWN.get(state, ()))
    number = asked_page()
    with current_archive().reading() as session:
        classes = {row.code: row for row in classification.class_rows(session)}
        if code and code not in classes:
            raise NotFound()
        total = queries.document_count(session, actor, wanted)
        rows: list[DocumentRow] = queries.documents(
            session, actor, wanted, sort=_SORTS[sort], offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE
        )
    return render_template(
        "records/list.html",
        rows=rows,
        paging=Paging(number, PAGE_SIZE, total),
        sort=sort,
        state=state,
        states=SHOWN,
        classes=classes,
        chosen=classes.get(code),
        path=_path(classes, code),
        below=[row for row in classes.values() if row.parent == code] if code else [],
        unclassified=unclassified,
        language=current_language(),
    )


def _path(classes: dict[str, ClassRow], code: str) -> list[ClassRow]:
    """The class's ancestors, the topmost first."""
    path: list[ClassRow] = []
    row = classes.get(code)
    while row is not None and row.parent is not None:
        row = classes.get(row.parent)
        if row is not None:
            path.insert(0, row)
    return path
