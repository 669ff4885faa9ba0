"""Changing the plan: a new class, a changed one, a closed one. Each is a version with its reason."""

from collections.abc import Callable
from dataclasses import replace
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

from archive_service.classification import service
from archive_service.classification.rules import BadPlan, FilePlan, PlannedClass, plan, retention_of
from archive_service.classification.rules.changes import Contradiction
from archive_service.classification.web.pages import blueprint, present_plan, term_name, words
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
            if answer is not None:
                return answer
    elif request.method == "GET":
        form.seen.data = current.number
        if under is not None:
            form.code.data = f"{under.code}."
            form.level.data = under.level.value
        form.source_status.data = plan.SourceStatus.PRACTICE.value
        form.figure.data = plan.Figure.PRACTICE.value
    return _form(form, heading=gettext("New class"), row=under, is_heading=False)


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
    if form.validate_on_submit():
        answer = _saved(form, code, partial(service.change_class, planned=_as_typed(form, known, current)))
        if answer is not None:
            return answer
    elif request.method == "GET":
        _fill(form, known, current)
    in_chinese = current_language().startswith("zh")
    return _form(
        form,
        heading=f"{known.code} {known.name_zh if in_chinese else known.name_en}",
        row=known,
        is_heading=not known.selectable,
    )


@blueprint.post("/file-plan/classes/<code>/closing")
def closing(code: str) -> ResponseReturnValue:
    """Close the class, or open it again if it is closed."""
    only_asked()
    current_actor().must(Permission.MANAGE_PLAN)
    current = present_plan()
    known = current.by_code.get(code)
    if known is None:
        raise NotFound()
    form = ReasonForm()
    if form.validate_on_submit():
        verb = service.reopen_class if known.is_closed else service.close_class
        if (answer := _saved(form, code, partial(verb, code=code))) is not None:
            return answer
    flash(" ".join(str(error) for errors in form.errors.values() for error in errors), "danger")
    return redirect(url_for("classification.one", code=code), code=303)


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


def _fill(form: ClassForm, known: PlannedClass, current: FilePlan) -> None:
    told: dict[str, object] = {
        "seen": current.number,
        "name_zh": known.name_zh,
        "name_en": known.name_en,
        "level": known.level.value,
        "on_exit": known.on_exit.value,
        "source_status": known.source_status.value,
        "sources": list(known.sources),
        "doc_types": "\n".join(known.doc_types),
        "note": known.note,
    }
    if known.retention is not None and known.disposition is not None:
        told |= {
            "kind": known.retention.kind.value,
            "years": known.retention.years,
            "trigger": known.retention.trigger or "",
            "limit": known.retention.limit.value,
            "figure": known.retention.figure.value,
            "disposition": known.disposition.value,
        }
    for name, value in told.items():
        form[name].data = value


def _saved(form: ReasonForm, code: str, verb: Callable[..., FilePlan]) -> Response | None:
    """The way on after saving; None with the reason in the form if it could not be."""
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            numbered = verb(work, reason=form.reason.data or "", seen=form.seen.data or "")
    except (Contradiction, BadPlan) as error:
        form.form_errors.append(gettext(str(error.facts["problem"])))
    except ArchiveError as error:
        if not isinstance(error, Conflict | service.NothingChanges | service.ReasonNeeded):
            raise
        form.form_errors.append(explain(error))
    else:
        flash(gettext("The plan is now at version %(number)s.", number=numbered.number), "success")
        return make_response(redirect(url_for("classification.one", code=code), code=303))
    return None


def _form(
    form: ClassForm, *, heading: str, row: PlannedClass | None, is_heading: bool
) -> ResponseReturnValue:
    page = render_template(
        "classification/edit.html", form=form, heading=heading, row=row, is_heading=is_heading, **words()
    )
    return page, 422 if form.is_submitted() else 200
