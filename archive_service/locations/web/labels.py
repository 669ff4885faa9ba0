"""Labels as PDF: of scanned or typed codes, of a place and what stands in it, cards for people, spines of boxes."""

from typing import Final

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import people
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Invalid
from archive_service.locations.queries import places as queries
from archive_service.locations.rules.sheets import SHEETS, BadStart, NoLabels, sheet_called
from archive_service.locations.service.drawing import labels_pdf, spines_pdf
from archive_service.locations.service.labels import cards_for, labels_for, spines_for
from archive_service.locations.service.placing import split_codes
from archive_service.locations.web.furnishing import LARGEST_ID, blueprint, current_holdings, words
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)
from archive_service.web.assets import asset_path

_FONT: Final = "marks.ttf"


@blueprint.get("/labels")
def labels() -> ResponseReturnValue:
    """``codes``: filled in; ``in``: a place with all that stands in it."""
    only_asked("codes", "in", "boxes")
    current_actor().must(Permission.MANAGE_PLACES)
    codes = request.args.get("codes", "")[:20_000]
    top = whole_number(request.args.get("in", ""), LARGEST_ID)
    if top is not None:
        with current_archive().reading() as session:
            rows = queries.tree(session, queries.location(session, top))
        codes = "\n".join(f"{row.label}" for row in rows)
    return _page({"codes": codes, "sheet": "3x8", "start": "1"}, {})


@blueprint.post("/labels")
def print_labels() -> ResponseReturnValue:
    """``do``: labels, spines of the boxes among the codes, or cards for the chosen people."""
    only_asked()
    refuse_unknown(frozenset({"codes", "sheet", "start", "do", "people"}))
    current_actor().must(Permission.MANAGE_PLACES)
    asked = request.form.to_dict()
    try:
        return _pdf(asked)
    except Invalid as error:
        return make_response(_page(asked, {str(error.facts.get("field", "")): [explain(error)]}), 422)


def _pdf(asked: dict[str, str]) -> Response:
    actor, font = current_actor(), asset_path(_FONT)
    what = asked.get("do", "labels")
    with current_archive().reading() as session:
        if what == "spines":
            found = [queries.box_called(session, code) for code in split_codes(asked.get("codes", ""))]
            ids = [box.id for box in found if box is not None]
            if not ids:
                raise NoLabels(field="codes")
            names = [
                gettext("Fonds no."),
                gettext("Class"),
                gettext("Year"),
                gettext("Retention period"),
                gettext("Items from – to"),
                gettext("Box no."),
            ]
            content = spines_pdf(spines_for(session, current_holdings(), actor, ids, names), font=font)
            return _sent(content, "spines.pdf")
        sheet = sheet_called(asked.get("sheet", ""))
        start = whole_number(asked.get("start", ""), sheet.count)
        if start is None:
            raise BadStart(field="start", most=sheet.count)
        if what == "cards":
            chosen = [whole_number(one, LARGEST_ID) or 0 for one in request.form.getlist("people")]
            made = cards_for(session, actor, chosen, gettext("Archive card"))
            if not made:
                raise NoLabels(field="people")
        else:
            made = labels_for(session, current_holdings(), actor, split_codes(asked.get("codes", "")))
    return _sent(labels_pdf(made, sheet, start=start, font=font), "labels.pdf")


def _sent(content: bytes, name: str) -> Response:
    answer = make_response(content)
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(asked: dict[str, str], errors: dict[str, list[str]]) -> str:
    with current_archive().reading() as session:
        everybody = people.people_at_work(session)
    return render_template(
        "locations/labels.html", asked=asked, errors=errors, sheets=SHEETS, everybody=everybody, **words()
    )
