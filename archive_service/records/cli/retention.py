"""``archive retention …``: papers under older rules than their class's."""

import json

import click

from archive_service import classification
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.errors import NotFound
from archive_service.people.cli.asking import person, with_archive
from archive_service.records.cli.asking import JSON, document_called
from archive_service.records.queries import retention as retention_queries
from archive_service.records.service import retention as retention_service


@click.group("retention", help="Filed papers under older rules than their class's, and what becomes of them.")
def retention_group() -> None: ...


@retention_group.command(
    "older-rules", help="By class: how many papers, which rule, and what the newer one does."
)
@JSON
@with_archive
def older_rules(archive: Archive, as_json: bool) -> None:
    with archive.reading() as session:
        rows = retention_queries.older_rules(session, service_actor("cli"))
    if as_json:
        told = [
            {
                "class": row.class_code,
                "papers": row.papers,
                "rule": row.old.rule.code,
                "rule_version": row.old.number,
                "newer_rule": row.new.rule.code,
                "newer_version": row.new.number,
                "shift": row.shift.value,
            }
            for row in rows
        ]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(
            f"{row.class_code}\t{row.papers}\t{row.old.rule.code} ({row.old.number}) → "
            f"{row.new.rule.code} ({row.new.number})\t{row.shift.value}"
        )


@retention_group.command("approve", help="Let the newer rule of CLASS count for the papers filed before it.")
@click.argument("class_code", metavar="CLASS")
@click.option("--reason", required=True)
@click.option("--document", "documents", multiple=True, help="Id of one of them; by default all.")
@click.option("--as", "name", required=True, help="Sign-in name of who approves it.")
@with_archive
def approve_newer_rule(
    archive: Archive, class_code: str, reason: str, documents: tuple[str, ...], name: str
) -> None:
    chosen = [document_called(one) for one in documents] or None
    with archive.unit_of_work(person(archive, name)) as work:
        rule = classification.rules_in_force(work.session, [class_code]).get(class_code)
        if rule is None:
            raise NotFound()
        row = retention_service.approve_rule(work, class_code, rule_id=rule.id, reason=reason, chosen=chosen)
    click.echo(f"{row.total} papers go over to {row.rule.rule.code}, in the background")
