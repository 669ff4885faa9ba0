"""All that the rules read off a paper by itself."""

from dataclasses import dataclass

from archive_service.suggestions.rules import Candidate, Field
from archive_service.suggestions.rules.amounts import amounts
from archive_service.suggestions.rules.dates import own_dates
from archive_service.suggestions.rules.drawings import title_block
from archive_service.suggestions.rules.names import owners
from archive_service.suggestions.rules.numbers import doc_numbers
from archive_service.suggestions.rules.paper import Paper
from archive_service.suggestions.rules.titles import titles


@dataclass(frozen=True, slots=True)
class Findings:
    """Candidates by field, surest first. Class and unit are not among them: both need the archive."""

    fields: dict[Field, list[Candidate]]

    def of(self, field: Field) -> list[Candidate]:
        return self.fields.get(field, [])


def read_fields(paper: Paper, pages: tuple[str, ...]) -> Findings:
    fields = title_block(paper)
    drawing = bool(fields)
    fields[Field.OWNER] = [] if drawing else owners(paper)
    fields[Field.DOC_NUMBER] = [] if drawing else doc_numbers(paper)
    fields[Field.DOC_DATE] = (
        fields.get(Field.ISSUE_DATE, [])
        and [
            Candidate(Field.DOC_DATE, c.value, c.confidence, c.source, c.spans)
            for c in fields[Field.ISSUE_DATE]
        ]
    ) or own_dates(paper)
    fields[Field.AMOUNT] = [] if drawing else amounts(paper)
    titled = fields.get(Field.DRAWING_TITLE, [])
    fields[Field.TITLE] = [
        Candidate(Field.TITLE, c.value, c.confidence, c.source, c.spans) for c in titled
    ] or titles(paper, pages)
    return Findings({field: found for field, found in fields.items() if found})
