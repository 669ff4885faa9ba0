"""``archive review …``: papers handed in for filing."""

import json

import click

from archive_service.bootstrap import Archive
from archive_service.kernel.masking import mask
from archive_service.people.cli.asking import person, with_archive
from archive_service.records.cli.asking import AS, JSON, MOST, document_called, facts_typed
from archive_service.records.queries import documents as document_queries
from archive_service.records.queries import reviewing as review_queries
from archive_service.records.queries.inbox import InboxPart, inbox
from archive_service.records.rules.filing import Place, is_drawing, read_facts
from archive_service.records.rules.numbers import Dept
from archive_service.records.rules.review import NewFile, SendBackReason
from archive_service.records.service.reviewing import send_back, submit_for_review


@click.group("review", help="Papers handed in for filing: list them, hand in, send back.")
def review_group() -> None: ...


@review_group.command("list", help="Those that wait, or with --sent-back those that were sent back to --as.")
@click.option("--sent-back", is_flag=True)
@AS
@JSON
@with_archive
def list_reviews(archive: Archive, sent_back: bool, name: str, as_json: bool) -> None:
    part = InboxPart.RETURNED if sent_back else InboxPart.REVIEW
    with archive.reading() as session:
        rows = inbox(session, person(archive, name), part, limit=MOST)
        found = review_queries.open_reviews(session, [row.id for row in rows])
    for row in rows:
        review = found[row.id]
        told = {
            "document": str(row.id),
            "title": mask(row.title),
            "state": review.state.value,
            "reason": review.reason.value if review.reason else "",
            "comment": mask(review.comment),
        }
        click.echo(json.dumps(told, ensure_ascii=False) if as_json else "\t".join(told.values()))


@review_group.command("submit", help="Hand DOCUMENT (its id) in. FACTS are NAME=VALUE, as for filing.")
@click.argument("document")
@click.argument("facts", nargs=-1)
@click.option("--fonds", default="")
@click.option("--year", type=click.IntRange(1900, 2199), default=None)
@click.option("--case-file", "file_no", default="", help="May be left to who files it.")
@click.option("--new-file", default="", help="Title of the case file to be opened for it.")
@click.option("--dept", type=click.Choice([d.value for d in Dept]), default=None)
@AS
@with_archive
def submit_review(  # noqa: PLR0917  (the command line names them all)
    archive: Archive,
    document: str,
    facts: tuple[str, ...],
    fonds: str,
    year: int | None,
    file_no: str,
    new_file: str,
    dept: str | None,
    name: str,
) -> None:
    document_id = document_called(document)
    typed = facts_typed(facts)
    place = Place(fonds, year, file_no, Dept(dept) if dept else None)
    with archive.unit_of_work(actor := person(archive, name)) as work:
        row = document_queries.document(work.session, actor, document_id)
        submit_for_review(
            work,
            document_id,
            read_facts(typed, drawing=is_drawing(row.class_code)),
            place,
            revision=row.revision,
            new_file=NewFile(new_file) if new_file else None,
        )
    click.echo(f"waits for review: {document_id}", err=True)


@review_group.command("return", help="Send DOCUMENT (its id) back to be put right.")
@click.argument("document")
@click.option("--reason", type=click.Choice([reason.value for reason in SendBackReason]), required=True)
@click.option("--comment", default="")
@AS
@with_archive
def return_document(archive: Archive, document: str, reason: str, comment: str, name: str) -> None:
    document_id = document_called(document)
    with archive.unit_of_work(actor := person(archive, name)) as work:
        row = document_queries.document(work.session, actor, document_id)
        send_back(work, document_id, SendBackReason(reason), comment, revision=row.revision)
    click.echo(f"sent back: {document_id}", err=True)
