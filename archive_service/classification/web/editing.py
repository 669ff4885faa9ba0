"""Changing the plan: a new class, a changed one, a closed one. Each is a version with its reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import (
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional, Regexp

from archive_service.classification import queries, service
from archive_service.classification.rules import BadPlan, FilePlan, PlannedClass, plan, retention_of
from archive_service.classification.rules.changes import Contradiction
from archive_service.classification.web.pages import blueprint, changed_since, present_plan, term_name, words
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import ArchiveError, Conflict, NotFound
from archive_service.kernel.levels import LEVEL_NAMES, Level
from archive_service.web import (
    ServiceForm,
    current_actor,
    current_archive,
    current_language,
    explain,
    only_asked,
)
from archive_service.web.meanwhile import Both, Line, Told, asked_again, put_into, take_into, weighed

NEEDED = DataRequired(message=lazy_gettext("Please fill this in."))
MOST_TYPES: Final = 40


def _choices(names: dict[Any, str]) -> list[SelectChoice]:
    return [SelectChoice(key.value, lazy_gettext(name)) for key, name in names.items()]


class ReasonForm(ServiceForm):
    """``seen``: the number of the version that the person looked at."""

    seen = HiddenField(validators=[NEEDED])
    reason = StringField(
        lazy_gettext("Why the plan changes"), validators=[NEEDED, Length(max=service.MOST_REASON)]
    )
    submit = SubmitField(lazy_gettext("Save as a new version"))


class StepForm(ReasonForm):
    """``step``: ``close``, or ``open`` for again."""

    step = HiddenField()


class ImportForm(ReasonForm):
    """``plan``: the YAML that the person has seen the changes of."""

    plan = TextAreaField(render_kw={"hidden": True})


class ClassForm(ReasonForm):
    name_zh = StringField(lazy_gettext("Chinese name"), validators=[NEEDED, Length(max=120)])
    name_en = StringField(lazy_gettext("English name"), validators=[NEEDED, Length(max=160)])
    level = SelectField(lazy_gettext("Level"), choices=_choices(LEVEL_NAMES))
    kind = SelectField(lazy_gettext("Kept for"), choices=_choices(plan.KIND_NAMES))
    years = IntegerField(lazy_gettext("Years"), validators=[Optional(), NumberRange(min=1, max=200)])
    trigger = SelectField(lazy_gettext("Counted from"))
    limit = SelectField(lazy_gettext("The period is"), choices=_choices(plan.LIMIT_NAMES))
    figure = SelectField(lazy_gettext("How sure the figure is"), choices=_choices(plan.FIGURE_NAMES))
    disposition = SelectField(lazy_gettext("When the time is over"), choices=_choices(plan.DISPOSITION_NAMES))
    on_exit = SelectField(
        lazy_gettext("When the service contract ends"), choices=_choices(plan.ON_EXIT_NAMES)
    )
    source_status = SelectField(lazy_gettext("Duty to keep"), choices=_choices(plan.SOURCE_STATUS_NAMES))
    sources = SelectMultipleField(lazy_gettext("Sources"))
    doc_types = TextAreaField(lazy_gettext("For example"), validators=[Length(max=2000)])
    note = StringField(lazy_gettext("Remark"), validators=[Length(max=500)])

    def offer(self, current: FilePlan) -> None:
        self.trigger.choices = [SelectChoice("", "–")] + [
            SelectChoice(t.code, term_name(t)) for t in current.triggers
        ]
        self.sources.choices = [SelectChoice(s.code, f"{s.code} {s.name_zh}") for s in current.sources]


class NewClassForm(ClassForm):
    code = StringField(
        lazy_gettext("Code"),
        validators=[
            NEEDED,
            Regexp(plan.CODE.pattern + r"$", message=lazy_gettext("A code looks like WS, WS.02 or WS.02.Z.")),
        ],
    )


@blueprint.route("/file-plan/classes/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    only_asked("under")
    current_actor().must(Permission.MANAGE_PLAN)
    current = present_plan()
    under = current.by_code.get(request.args.get("under", ""))
    form = NewClassForm()
    form.offer(current)
    error: ArchiveError | None = None
    told = _Meanwhile({}, ())
    if form.validate_on_submit():
        code = form.code.data or ""
        if code in current.by_code:
            form.code.errors = [gettext("The code is taken.")]
        else:
            parent = code.rpartition(".")[0] or None
            blank = PlannedClass(
                code,
                parent,
                "",
                "",
                selectable=True,
                level=Level.INTERNAL,
                on_exit=plan.OnExit.RETAIN,
                source_status=plan.SourceStatus.PRACTICE,
            )
            answer = _saved(form, code, partial(service.add_class, planned=_as_typed(form, blank, current)))
            if isinstance(answer, Response):
                return answer
            error = answer
            if isinstance(error, service.PlanChangedMeanwhile):
                told = _meanwhile(form)
    elif request.method == "GET":
        form.seen.data = current.number
        if under is not None:
            form.code.data = f"{under.code}."
            form.level.data = under.level.value
        form.source_status.data = plan.SourceStatus.PRACTICE.value
        form.figure.data = plan.Figure.PRACTICE.value
    return _form(form, error, told, heading=gettext("New class"), row=under, is_heading=False)


@blueprint.route("/file-plan/classes/<code>/edit", methods=["GET", "POST"])
def edit(code: str) -> ResponseReturnValue:
    only_asked()
    current_actor().must(Permission.MANAGE_PLAN)
    current = present_plan()
    known = current.by_code.get(code)
    if known is None:
        raise NotFound()
    form = ClassForm()
    form.offer(current)
    if not known.selectable:
        for name in ("kind", "years", "trigger", "limit", "figure", "disposition"):
            delattr(form, name)
    error: ArchiveError | None = None
    told = _Meanwhile({}, ())
    if form.validate_on_submit():
        take_into(form, _told(known))
        answer = _saved(form, code, partial(service.change_class, planned=_as_typed(form, known, current)))
        if isinstance(answer, Response):
            return answer
        error = answer
        if isinstance(error, service.PlanChangedMeanwhile):
            told = _meanwhile(form, code)
    elif request.method == "GET":
        put_into(form, _told(known))
        form.seen.data = current.number
    in_chinese = current_language().startswith("zh")
    return _form(
        form,
        error,
        told,
        heading=f"{known.code} {known.name_zh if in_chinese else known.name_en}",
        row=known,
        is_heading=not known.selectable,
    )


@blueprint.post("/file-plan/classes/<code>/closing")
def closing(code: str) -> ResponseReturnValue:
    """Close the class, or open it again if ``step`` says so."""
    only_asked()
    current_actor().must(Permission.MANAGE_PLAN)
    current = present_plan()
    known = current.by_code.get(code)
    if known is None:
        raise NotFound()
    form = StepForm()
    if form.validate_on_submit():
        opens = form.step.data == "open"
        verb = service.reopen_class if opens else service.close_class
        answer = _saved(form, code, partial(verb, code=code))
        if isinstance(answer, Response):
            return answer
        if isinstance(answer, service.PlanChangedMeanwhile):
            return _closing_again(answer, form, code, opens=opens)
        flash(" ".join(str(text) for text in form.form_errors), "danger")
        return redirect(url_for("classification.one", code=code), code=303)
    flash(" ".join(str(error) for errors in form.errors.values() for error in errors), "danger")
    return redirect(url_for("classification.one", code=code), code=303)


def _closing_again(error: Conflict, form: StepForm, code: str, *, opens: bool) -> Response:
    seen = form.seen.data or ""
    now = present_plan()
    with current_archive().reading() as session:
        lines = changed_since(session, seen)
    row = now.by_code[code]
    return asked_again(
        error,
        place="files",
        heading=f"{row.code} {row.name_zh if current_language().startswith('zh') else row.name_en}",
        button=gettext("Open again") if opens else gettext("Close it"),
        back=url_for("classification.one", code=code),
        lines=lines,
        told=[Told("reason", gettext("Why the plan changes"), form.reason.data or "")],
        hidden={"seen": now.number, "step": "open" if opens else "close"},
        goes_on=row.is_closed is opens,
    )


def _as_typed(form: ClassForm, known: PlannedClass, current: FilePlan) -> PlannedClass:
    sources = tuple(form.sources.data or ())
    types = (form.doc_types.data or "").replace("、", "\n").splitlines()
    typed = replace(
        known,
        name_zh=(form.name_zh.data or "").strip(),
        name_en=(form.name_en.data or "").strip(),
        level=Level(form.level.data),
        on_exit=plan.OnExit(form.on_exit.data),
        source_status=plan.SourceStatus(form.source_status.data),
        # A select gives them in its own order, which is no change.
        sources=known.sources if set(sources) == set(known.sources) else sources,
        doc_types=tuple(dict.fromkeys(t.strip() for t in types if t.strip()))[:MOST_TYPES],
        note=(form.note.data or "").strip(),
    )
    if not known.selectable:
        return typed
    rule = retention_of(
        current,
        known.retention,
        kind=plan.RetentionKind(form.kind.data),
        years=form.years.data,
        trigger=form.trigger.data or None,
        limit=plan.Limit(form.limit.data),
        figure=plan.Figure(form.figure.data),
    )
    return replace(typed, retention=rule, disposition=plan.Disposition(form.disposition.data))


def _told(known: PlannedClass) -> dict[str, str]:
    """A class as the form has it, all as texts."""
    told = {
        "name_zh": known.name_zh,
        "name_en": known.name_en,
        "level": known.level.value,
        "on_exit": known.on_exit.value,
        "source_status": known.source_status.value,
        "sources": "\n".join(sorted(known.sources)),
        "doc_types": "\n".join(known.doc_types),
        "note": known.note,
    }
    if known.retention is not None and known.disposition is not None:
        told |= {
            "kind": known.retention.kind.value,
            "years": str(known.retention.years or ""),
            "trigger": known.retention.trigger or "",
            "limit": known.retention.limit.value,
            "figure": known.retention.figure.value,
            "disposition": known.disposition.value,
        }
    return told


def _saved(form: ReasonForm, code: str, verb: Callable[..., FilePlan]) -> Response | ArchiveError:
    """The way on after saving, or what stands in its way; the form tells it."""
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            numbered = verb(work, reason=form.reason.data or "", seen=form.seen.data or "")
    except (Contradiction, BadPlan) as error:
        form.form_errors.append(gettext(str(error.facts["problem"])))
        return error
    except ArchiveError as error:
        if not isinstance(error, Conflict | service.NothingChanges | service.ReasonNeeded):
            raise
        form.form_errors.append(explain(error))
        return error
    flash(gettext("The plan is now at version %(number)s.", number=numbered.number), "success")
    return make_response(redirect(url_for("classification.one", code=code), code=303))


@dataclass(frozen=True, slots=True)
class _Meanwhile:
    """``found``: of the form's own class. ``lines``: of the whole plan."""

    found: Mapping[str, Both]
    lines: Sequence[Line]


def _meanwhile(form: ReasonForm, code: str = "") -> _Meanwhile:
    """What became of the plan since the person looked, and the form for the plan of now."""
    seen = form.seen.data or ""
    with current_archive().reading() as session:
        lines = changed_since(session, seen)
        now = queries.plan_in_force(session)
        then = queries.plan_of_version(session, seen) if lines else now
    assert now is not None and then is not None, "every start loads the shipped plan if there is none"
    stored, before = now.by_code.get(code), then.by_code.get(code)
    found = weighed(form, _told(stored), _told(before)) if stored and before else {}
    form.seen.data = now.number
    return _Meanwhile({name: one for name, one in found.items() if name in form}, lines)


def _form(
    form: ClassForm,
    error: ArchiveError | None,
    told: _Meanwhile,
    *,
    heading: str,
    row: PlannedClass | None,
    is_heading: bool,
) -> ResponseReturnValue:
    page = render_template(
        "classification/edit.html",
        form=form,
        found=told.found,
        lines=told.lines,
        shown=lambda name: _shown(form, told.found, name),
        heading=heading,
        row=row,
        is_heading=is_heading,
        **words(),
    )
    return page, 409 if isinstance(error, Conflict) else 422 if form.is_submitted() else 200


def _shown(form: ClassForm, found: Mapping[str, Both], name: str) -> str | None:
    """What is stored now, in the words of the field's own choices."""
    if name not in found:
        return None
    stored = found[name].stored.splitlines()
    offered = {str(choice.value): str(choice.label) for choice in getattr(form[name], "choices", None) or ()}
    return "、".join(offered.get(one, one) for one in stored)
