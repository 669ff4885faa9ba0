"""Where a paper stands and how long: its period in words, its former numbers, its level, what it refers to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import classification, people, premises
from archive_service.classification import ClassRow
from archive_service.classification.rules.plan import FIGURE_NAMES, LIMIT_NAMES
from archive_service.classification.web import kept_for, term_name
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.levels import LEVEL_NAMES, Level
from archive_service.people import FEE_CLASSES
from archive_service.records.queries import level_requests, relations, retention
from archive_service.records.queries.level_requests import LevelRequestRow
from archive_service.records.queries.relations import EmptyNumberRow, RelationRow
from archive_service.records.queries.retention import TermRow
from archive_service.records.queries.rows import DocumentRow
from archive_service.records.rules.filing import is_about_a_unit
from archive_service.records.rules.placing import EMPTY_NAMES, REQUEST_NAMES, RequestState
from archive_service.records.rules.relations import BETWEEN_FILES, RELATION_NAMES, REVERSE_NAMES, RelationKind
from archive_service.records.rules.retention import BLOCKED_NAMES, SHIFT_NAMES, STANDING_NAMES, Standing, Term
from archive_service.records.service.case_files import may_file
from archive_service.records.web.furnishing import Seen
from archive_service.web import current_actor, current_archive
from archive_service.web.formats import day

KU: Final = FEE_CLASSES[0]


@dataclass(frozen=True, slots=True)
class Standings:
    """What the document's page tells beside its facts. ``unit_unknown``: its class asks for a unit that the register
    doesn't know."""

    term: TermRow | None
    words: list[tuple[str, str]]
    custodian: bool
    former: list[EmptyNumberRow]
    requests: list[LevelRequestRow]
    lower: list[Level]
    relations: list[RelationRow]
    unit_unknown: bool
    may_move: bool
    may_appraise: bool
    may_decide: bool
    me: int | None
    remove_from: Callable[[int], str]

    @property
    def waiting(self) -> LevelRequestRow | None:
        return next((one for one in self.requests if one.state is RequestState.WAITING), None)


def told(session: Session, seen: Seen, class_row: ClassRow | None) -> dict[str, Any]:
    """For the template of the document's page."""
    return {"standing": _standings(session, seen, class_row), **shared()}


def _standings(session: Session, seen: Seen, class_row: ClassRow | None) -> Standings:
    row, actor = seen.row, current_actor()
    term = retention.retention_term(session, row.id) if row.archival_no else None
    floor = class_row.level if class_row else Level.PERSONAL
    lower = [level for level in Level if floor.rank <= level.rank < row.level.rank]
    is_unknown = bool(row.unit) and row.unit_id is None and is_about_a_unit(row.class_code)
    return Standings(
        term=term,
        words=term_words(session, term) if term else [],
        custodian=finance_keeps(session, row.class_code),
        former=relations.former_numbers(session, actor, row.id),
        requests=level_requests.level_requests_of(session, row.id) if lower else [],
        lower=lower,
        relations=relations.relations_of_document(session, actor, row.id),
        unit_unknown=is_unknown and premises.unit_meant(session, row.unit).register,
        may_move=bool(row.archival_no) and may_move(actor, row),
        may_appraise=actor.may(Permission.APPRAISE),
        may_decide=actor.may(Permission.LOWER_LEVEL),
        me=actor.user_id,
        remove_from=lambda relation_id: url_for(
            "records.unrelate", document_id=row.id, relation_id=relation_id
        ),
    )


def may_move(actor: Actor, row: DocumentRow) -> bool:
    return may_file(actor, row.class_code) and not people.has_no_say(actor, row.class_code)


def finance_keeps(session: Session, class_code: str) -> bool:
    """Whether accounting papers are kept by finance, because somebody takes money and keeps the archive as well."""
    if class_code != KU and not class_code.startswith(KU + "."):
        return False
    now = current_archive().clock.now()
    return any(people.has_no_say(one, class_code) for one in people.everybody_at_work(session, now))


def term_words(session: Session, row: TermRow) -> list[tuple[str, str]]:
    """How long a paper is kept, line by line: (what, how it is)."""
    rule, term = row.rule.rule, row.term
    lines = [(gettext("Kept for"), kept_for(rule))]
    if rule.years is not None:
        lines.append((gettext("The period means"), gettext(LIMIT_NAMES[rule.limit])))
        lines.append((gettext("Runs from"), _runs_from(session, row)))
    lines.append((gettext("Can be appraised"), due_words(term)))
    if rule.blocked_while:
        known = BLOCKED_NAMES.get(rule.blocked_while)
        lines.append((gettext("Not while"), gettext(known) if known else rule.blocked_while))
    figure = gettext(FIGURE_NAMES[rule.figure])
    lines.append(
        (gettext("Rule"), gettext("File plan %(number)s; %(figure)s", number=row.rule.number, figure=figure))
    )
    return [(str(label), str(text)) for label, text in lines]


def _runs_from(session: Session, row: TermRow) -> str:
    if row.term.start is not None:
        return str(day(row.term.start))
    plan = classification.plan_in_force(session)
    found = [t for t in plan.triggers if t.code == row.rule.rule.trigger] if plan else []
    if row.rule.rule.blocked_while in BLOCKED_NAMES and row.rule.rule.kind != "event":
        return str(gettext("the year after it is settled; not recorded yet"))
    event = term_name(found[0]) if found else row.rule.rule.trigger or ""
    return str(gettext("%(event)s; not recorded yet", event=event))


def due_words(term: Term) -> str:
    """From when a paper may be appraised, in words."""
    match term.standing:
        case Standing.PERMANENT:
            return str(gettext("never: it is kept for ever"))
        case Standing.WAITING:
            return str(gettext("not known yet: the event has not been recorded"))
    return str(gettext("from %(day)s on", day=day(term.due)))


def shared() -> dict[str, Any]:
    """Names of codes for templates: message ids."""
    return {
        "empty_names": EMPTY_NAMES,
        "relation_names": RELATION_NAMES,
        "reverse_names": REVERSE_NAMES,
        "file_relations": [kind for kind in RelationKind if kind in BETWEEN_FILES],
        "request_names": REQUEST_NAMES,
        "standing_names": STANDING_NAMES,
        "shift_names": SHIFT_NAMES,
        "level_names": LEVEL_NAMES,
        "due_words": due_words,
    }
