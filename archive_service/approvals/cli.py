"""``archive approvals …``: requests and who approves what, for whoever has the machine. Decisions are made on pages."""

import json
import subprocess
import sys
from typing import Final

import click

from archive_service.approvals.queries import chains as chain_queries
from archive_service.approvals.queries import requests as queries
from archive_service.approvals.queries.requests import RequestRow
from archive_service.bootstrap import Archive
from archive_service.kernel.clock import BUSINESS_ZONE
from archive_service.kernel.ids import ApprovalId
from archive_service.kernel.masking import mask
from archive_service.people.cli.asking import person, with_archive

MOST_LINES: Final = 1000

as_json = click.option("--json", "as_json", is_flag=True)
as_whom = click.option("--as", "name", default="", metavar="NAME", help="Sign-in name of who looks.")


@click.group(help="Requests for approval, and who approves what. Decisions are made on the pages, by people.")
def approvals() -> None: ...


def _told(row: RequestRow) -> dict[str, object]:
    return {
        "id": row.id,
        "kind": row.kind,
        "case": row.case,
        "subject": row.subject,
        "title": mask(row.title),
        "requested_by": row.requester,
        "asked_at": row.asked_at.isoformat(timespec="seconds"),
        "lapses_at": row.lapses_at.isoformat(timespec="seconds") if row.lapses_at else None,
        "state": row.state.value,
        "waits_for": row.role.value if row.role else None,
    }


@approvals.command(
    "list", help="Requests, the latest first; by default all, with --as those that somebody may see."
)
@click.option(
    "--waiting", is_flag=True, help="Only those that wait; with --as those that wait for their word."
)
@as_whom
@as_json
@with_archive
def list_requests(archive: Archive, waiting: bool, name: str, as_json: bool) -> None:
    actor, now = person(archive, name), archive.clock.now()
    with archive.reading() as session:
        if waiting and name:
            rows = queries.waiting_for(session, actor, now, limit=MOST_LINES)
        else:
            rows = queries.all_requests(session, actor, now, waiting=waiting, limit=MOST_LINES)
    if as_json:
        click.echo(json.dumps([_told(row) for row in rows], ensure_ascii=False, indent=2))
        return
    for row in rows:
        asked = row.asked_at.astimezone(BUSINESS_ZONE)
        waits = row.role.value if row.role else "-"
        click.echo(
            f"{row.id:>6}  {row.state.value:<10} {waits:<15} {asked:%Y-%m-%d %H:%M}  {mask(row.title)}"
        )


@approvals.command(help="One request by its ID: chain, words, comments.")
@click.argument("request_id", type=click.IntRange(1, 2**31 - 1))
@as_whom
@as_json
@with_archive
def show(archive: Archive, request_id: int, name: str, as_json: bool) -> None:
    with archive.reading() as session:
        row = queries.request(session, person(archive, name), archive.clock.now(), ApprovalId(request_id))
        able = queries.could_decide(session, archive.clock.now(), row)
        comments = queries.comments(session, row.id)
    signatures = [
        {
            "step": one.step,
            "role": one.role.value,
            "name": one.name,
            "on_behalf_of": one.on_behalf_of,
            "approves": one.approves,
            "comment": mask(one.comment),
            "at": one.at.isoformat(timespec="seconds"),
        }
        for one in row.signatures
    ]
    told = {
        **_told(row),
        "chain": [{"role": one.role.value, "deciders": one.deciders} for one in row.chain],
        "signatures": signatures,
        "could_decide": [one.name for one in able],
        "changed_facts": list(row.changed),
        "comments": [{"by": one.by, "body": mask(one.body)} for one in comments],
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for key, value in told.items():
        shown = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
        click.echo(f"{key}: {shown if shown is not None else '-'}")


@approvals.command(help="Let lapse what nobody decided in time; the job of this name does so every hour.")
def lapse() -> None:
    # Only the worker knows all kinds of requests, and what becomes of each.
    done = subprocess.run([sys.executable, "-m", "workers.runtime", "job", "approvals_lapse"], check=False)
    raise SystemExit(done.returncode)


@approvals.command(help="Who approves what.")
@as_json
@with_archive
def chains(archive: Archive, as_json: bool) -> None:
    with archive.reading() as session:
        rows = chain_queries.chains(session)
    if as_json:
        told = [
            {
                "kind": row.kind,
                "case": row.case,
                "revision": row.revision,
                "steps": [{"role": one.role.value, "deciders": one.deciders} for one in row.steps],
                "changed_by": row.changed_by,
                "reason": mask(row.reason),
            }
            for row in rows
        ]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for row in rows:
        steps = " > ".join(f"{one.role.value}x{one.deciders}" for one in row.steps) or "(by the rule)"
        click.echo(f"{row.kind:<12} {row.case:<24} {row.revision:>3}  {steps}")


commands = [approvals]
