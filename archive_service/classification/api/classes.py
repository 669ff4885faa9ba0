"""The classes: all, one, a new one, a change, closing and opening again. Each change is a version of the plan."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final

from flask import Response, request, url_for
from flask_babel import gettext
from pydantic import BaseModel
from sqlalchemy.orm import Session

from archive_service.api import Reply, doors, once
from archive_service.classification import queries, service
from archive_service.classification.api.answers import (
    ClassPatch,
    FilePlan,
    NeedsVersion,
    NewClass,
    NoMatch,
    RecordClass,
    RetentionAsked,
    Why,
    class_facts,
    seen_version,
    tag,
)
from archive_service.classification.rules import (
    BadPlan,
    Contradiction,
    PlannedClass,
    RetentionRule,
    plan,
    retention_of,
)
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, NotFound
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive, explain, problem

blueprint = doors.blueprint("classification_api", __name__, "classes")

ONE: Final = "/classes/<code>"
REFUSALS: Final = {
    409: "The plan changed meanwhile, or a class is missing or moved",
    412: "If-Match does not hold",
    422: "The plan would contradict itself, or nothing would change",
    428: "No version was sent",
}


@blueprint.get("/classes")
@blueprint.output(FilePlan)
@blueprint.doc(summary=N_("All classes of the file plan, parents before children"))
def listing() -> tuple[FilePlan, int, dict[str, str]]:
    current_actor().must(Permission.SEARCH)
    with current_archive().reading() as session:
        rows = queries.class_rows(session)
        version = queries.scheme_versions(session, limit=1)[0]
    classes = [class_facts(row) for row in rows]
    return FilePlan(scheme=version.scheme, version=version.number, classes=classes), 200, tag(version.number)


@blueprint.get(ONE)
@blueprint.output(RecordClass)
@blueprint.doc(summary=N_("One class of the file plan"))
def one(code: str) -> tuple[RecordClass, int, dict[str, str]]:
    current_actor().must(Permission.SEARCH)
    with current_archive().reading() as session:
        facts = _facts(session, code)
        version = queries.scheme_versions(session, limit=1)[0]
    return facts, 200, tag(version.number)


@blueprint.post("/classes")
@blueprint.input(NewClass, arg_name="asked")
@blueprint.output(RecordClass, status_code=201)
@blueprint.doc(
    summary=N_("A new class"),
    description="The class above it is the one whose code its own begins with.",
    responses=REFUSALS,
)
def add(asked: NewClass) -> Response:
    def verb(work: UnitOfWork, **why: str) -> str:
        current = _current(work)
        planned = PlannedClass(
            code=asked.code,
            parent=asked.code.rpartition(".")[0] or None,
            name_zh=asked.name_zh,
            name_en=asked.name_en,
            selectable=asked.retention is not None or asked.disposition is not None,
            level=asked.level,
            on_exit=asked.on_exit,
            source_status=asked.source_status,
            retention=_rule(current, None, asked.retention),
            disposition=asked.disposition,
            sources=tuple(asked.sources),
            doc_types=tuple(asked.doc_types),
            note=asked.note,
        )
        return service.add_class(work, planned, **why).number

    return _changed(asked.code, asked, verb, status=201)


@blueprint.patch(ONE)
@blueprint.input(ClassPatch, arg_name="asked")
@blueprint.output(RecordClass)
@blueprint.doc(
    summary=N_("Rename or change a class"),
    description="Only what is sent is changed. Papers filed already keep the period under which they were filed.",
    responses=REFUSALS,
)
def change(code: str, asked: ClassPatch) -> Response:
    def verb(work: UnitOfWork, **why: str) -> str:
        current = _current(work)
        known = current.by_code.get(code)
        if known is None:
            raise NotFound()
        sent = asked.model_dump(exclude={"reason", "seen", "retention"}, exclude_none=True)
        told: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in sent.items()}
        if asked.retention is not None:
            told["retention"] = _rule(current, known.retention, asked.retention)
        return service.change_class(work, replace(known, **told), **why).number

    return _changed(code, asked, verb)


@blueprint.post(f"{ONE}/closing")
@blueprint.input(Why, arg_name="asked")
@blueprint.output(RecordClass)
@blueprint.doc(
    summary=N_("Close a class and those below it"),
    description="They take no more documents; those they have stay.",
    responses=REFUSALS,
)
def closing(code: str, asked: Why) -> Response:
    return _changed(code, asked, lambda work, **why: service.close_class(work, code, **why).number)


@blueprint.post(f"{ONE}/opening")
@blueprint.input(Why, arg_name="asked")
@blueprint.output(RecordClass)
@blueprint.doc(summary=N_("Open a closed class again, without those below it"), responses=REFUSALS)
def opening(code: str, asked: Why) -> Response:
    return _changed(code, asked, lambda work, **why: service.reopen_class(work, code, **why).number)


def _changed(
    code: str, asked: NewClass | ClassPatch | Why, verb: Callable[..., str], *, status: int = 200
) -> Response:
    """Run the verb once, whatever is sent twice, and answer the class as it is then."""

    def effect(seen: str, work: UnitOfWork) -> Reply:
        number = verb(work, reason=asked.reason, seen=seen)
        work.session.flush()
        headers = tag(number)
        if status == 201:
            headers["Location"] = url_for("classification_api.one", code=code)
        return Reply(status, _facts(work.session, code).model_dump(mode="json"), headers)

    return changed(asked, effect)


def changed(asked: BaseModel, effect: Callable[[str, UnitOfWork], Reply], *content: str) -> Response:
    """``effect`` with the version that the caller looked at. ``content``: what was sent beside ``asked``."""
    current_actor().must(Permission.MANAGE_PLAN)
    try:
        with in_words():
            return _once(asked, effect, content)
    except NeedsVersion as error:
        return problem(428, error.code, explain(error))
    except service.PlanChangedMeanwhile as error:
        if request.if_match:
            return problem(412, NoMatch.code, explain(NoMatch()))
        return problem(409, error.code, explain(error))


@contextmanager
def in_words() -> Iterator[None]:
    """What is wrong with a plan is a message within the message: told in the caller's language."""
    try:
        yield
    except (BadPlan, Contradiction) as error:
        raise type(error)(**error.facts | {"problem": gettext(str(error.facts["problem"]))}) from error


def _once(asked: BaseModel, effect: Callable[[str, UnitOfWork], Reply], content: tuple[str, ...]) -> Response:
    seen = seen_version(getattr(asked, "seen", None))
    attempt = None
    if request.method == "POST":
        attempt = doors.attempt(asked.model_dump_json(), seen, *content)
    return doors.answer(once(current_archive(), current_actor(), attempt, partial(effect, seen)))


def _current(work: UnitOfWork) -> plan.FilePlan:
    current = queries.plan_in_force(work.session)
    assert current is not None, "every start loads the shipped plan if there is none"
    return current


def _facts(session: Session, code: str) -> RecordClass:
    row = queries.class_row(session, code)
    if row is None:
        raise NotFound()
    return class_facts(row)


def _rule(
    current: plan.FilePlan, known: RetentionRule | None, asked: RetentionAsked | None
) -> RetentionRule | None:
    if asked is None:
        return None
    return retention_of(
        current,
        known,
        kind=asked.kind,
        years=asked.years,
        trigger=asked.trigger,
        limit=asked.limit,
        figure=asked.figure,
    )
