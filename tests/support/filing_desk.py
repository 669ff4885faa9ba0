"""The filing desk as a person uses it who has no scripts: what its form holds, and what confirming it sends."""

import re
from typing import Final

from flask.testing import FlaskClient

from archive_service import records, suggestions
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.ids import DocumentId
from archive_service.suggestions import Field
from tests.support.house import House
from tests.support.pages import elements, text_of

ARCHIVAL_NO: Final = re.compile(
    r"WY0[12]-[A-Z]{2}(?:·\w{1,3})*"
    r"(?:·20\d\d-(?:Y|D\d\d?)-(?:KF|GC|ZX|CW|BG)-\d{4}|·20\d\d-\d{4}-\d{3}|-[0-9A-Z]{2,4}-\d{3}-\d{3})"
)
"""The three patterns of numbers, as the invented centre's begin."""


def form_of(html: str) -> dict[str, str]:
    """What a browser would send of the desk's form as it stands."""
    begin = html.index('id="desk-form"')
    sent: dict[str, str] = {}
    name, first = "", False
    for tag, attributes in elements("<form " + html[begin : html.index("</form>", begin)]):
        if tag == "input" and attributes.get("type") != "checkbox" and attributes.get("name"):
            sent[str(attributes["name"])] = attributes.get("value") or ""
        elif tag == "select":
            name, first = str(attributes["name"]), True
        elif tag == "option" and (first or "selected" in attributes):
            sent[name], first = attributes.get("value") or "", False
        elif tag == "textarea":
            sent[str(attributes["name"])] = ""
    return sent


def proposed_first(house: House, actor: Actor, paper: DocumentId, field: Field) -> str:
    """The surest candidate for a field, "" for none."""
    with house.archive.reading() as session:
        proposal = suggestions.of_document(session, actor, paper)
    found = proposal.first(field) if proposal else None
    return found.value if found else ""


def confirm(page: FlaskClient, paper: DocumentId, **corrected: str) -> None:
    """Look at the paper, correct what a person sees to be wrong, file it."""
    address = f"/inbox/desk/{paper}"
    form = form_of(page.get(address).text)
    wrong = {name: value for name, value in corrected.items() if value and form.get(name) != value}
    if wrong:
        form = form_of(page.post(address, data={**form, **wrong, "act": "look"}).text)
    answer = page.post(address, data={**form, "act": "file"})
    assert answer.status_code == 303, text_of(answer.text)[:3000]


def archival_no(house: House, paper: DocumentId) -> str:
    with house.archive.reading() as session:
        return records.document(session, service_actor(), paper).archival_no
