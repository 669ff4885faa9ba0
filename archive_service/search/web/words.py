"""What a search has to say besides what it found: message ids."""

from collections.abc import Callable, Mapping
from typing import Final

from archive_service.classification import ClassRow
from archive_service.kernel.errors import N_
from archive_service.kernel.levels import LEVEL_NAMES, Level
from archive_service.records import STUCK, UNREAD, VersionRow
from archive_service.records.web.words import STATES, trouble
from archive_service.search.queries.asking import Hint

NOT_READ_YET = N_("Its pages have not been read yet, so only what is known of the paper is searched.")


def reading_note(version: VersionRow) -> tuple[str, str] | None:
    """What state a version is in, and why no word of its pages is found; None once it has been read."""
    label = STATES[version.state].label
    if version.state in UNREAD:
        return label, NOT_READ_YET
    return (label, trouble(version.trouble).what) if version.state in STUCK else None


FIELD_WORDS: Final[Mapping[str, str]] = {
    "zh_CN": "类别: 房号: 业主: 编号: 年度: 之后: 之前: 级别: 案卷:",
    "en": "class: unit: owner: no: year: after: before: level: in:",
}
HINTS: Final[Mapping[str, str]] = {
    "covered-number": N_(
        "Telephone, identity card and other personal numbers are covered for the search, so nothing is found by a"
        " whole number. Search for its last digits, or for the name or the unit."
    ),
    "unknown-level": N_("There is no level “%(value)s”. The levels are: %(known)s"),
    "unknown-class": N_("There is no class “%(value)s”. Classes to choose from: %(known)s"),
    "described-fields": N_("%(fields)s looks only at what was entered in that field, not at the pages."),
    "unknown-fields": N_(
        "There is no field %(fields)s, so it was searched for as it stands. The fields are %(known)s"
    ),
    "dates": N_("%(fields)s looks only at the date that was entered, not at dates on the pages."),
    "undated": N_(
        "%(fields)s looks only at the date that was entered, not at dates on the pages. Whatever the date, %(total)s"
        " papers are found; %(undated)s of them have none."
    ),
    "entrance": N_(
        "A flat written with its entrance is found only in papers that name that entrance. Written without it, it is"
        " found in all: those of every entrance, and those that name none."
    ),
    "closed-pages": N_(
        "Papers whose pages are not open to you are not searched. They stand in the archive files."
    ),
}


def hint_text(
    hint: Hint, classes: Mapping[str, ClassRow], language: str, translate: Callable[[str], str]
) -> str:
    """A hint in the words of a language; ``translate`` is what turns message ids into it."""
    known = FIELD_WORDS[language]
    if hint.choices:
        comma = "、" if language == "zh_CN" else ", "
        known = comma.join(
            translate(LEVEL_NAMES[Level(code)])
            if hint.code == "unknown-level"
            else f"{code} {classes[code].name(language)}"
            for code in hint.choices
        )
    return translate(HINTS[hint.code]) % {"known": known, **hint.values}
