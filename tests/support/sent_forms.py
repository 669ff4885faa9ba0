"""What a browser would send of a form as it stands on a page."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


def one_form(html: str, action: str, page: str, holding: str = "") -> dict[str, Any]:
    """What a browser would send of the form as it stands."""
    reader = _Forms()
    reader.feed(html)
    ours = [
        form for form in reader.forms if form.action in (action, None if page.startswith(action) else action)
    ]
    ours = [form for form in ours if not holding or holding in form.told]
    ours = [form for form in ours if {"revision", "seen"} & set(form.told)]
    assert len(ours) == 1, [(form.action, sorted(form.told)) for form in reader.forms]
    return ours[0].told


@dataclass(slots=True)
class _Sent:
    action: str | None
    told: dict[str, Any] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Sent] = []
        self.select, self.area, self.many, self.first = "", "", False, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        if tag == "form":
            self.forms.append(_Sent(a.get("action")))
        if not self.forms:
            return
        told, name = self.forms[-1].told, a.get("name") or ""
        if tag == "input" and name and (a.get("type") not in ("checkbox", "radio") or "checked" in a):
            told[name] = a.get("value") or ""
        elif tag == "textarea":
            self.area, told[name] = name, ""
        elif tag == "select" and name:
            self.select, self.many, self.first = name, "multiple" in a, True
            told[name] = [] if self.many else ""
        elif tag == "option" and self.select and self.many and "selected" in a:
            told[self.select].append(a.get("value") or "")
        elif tag == "option" and self.select and not self.many and (self.first or "selected" in a):
            told[self.select], self.first = a.get("value") or "", False

    def handle_data(self, data: str) -> None:
        if self.area and self.forms:
            self.forms[-1].told[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.select = ""
