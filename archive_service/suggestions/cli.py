"""``archive suggestions …``: how good they are, learning now, thinking over what waits."""

import json
import subprocess
import sys
from typing import Any

import click

from archive_service import jobs
from archive_service.bootstrap import Archive
from archive_service.jobs import JobName
from archive_service.kernel.actor import service_actor
from archive_service.suggestions.queries.models import ModelRow, hit_rates, trained_models
from archive_service.suggestions.rules import LeftFor
from archive_service.suggestions.service.proposing import renew as renew_proposals


@click.group(help="Proposals for papers that wait for filing: how good they are, learning, thinking again.")
def suggestions() -> None: ...


@suggestions.command(
    help="The models that were trained, how they did on papers they never saw, and hit rates."
)
@click.option("--json", "as_json", is_flag=True)
@click.option("--classes", is_flag=True, help="Every class with precision and recall.")
@click.pass_obj
def show(archive: Archive, as_json: bool, classes: bool) -> None:
    with archive.reading() as session:
        rows = trained_models(session)
        rates = hit_rates(session)
    if as_json:
        told = {
            "models": [_facts(row) for row in rows],
            "hit_rates": [
                {
                    "field": rate.field.value,
                    "first": rate.first,
                    "listed": rate.listed,
                    "missed": rate.missed,
                    "none": rate.none,
                }
                for rate in rates
            ],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo("Nothing has been learnt yet: rules and look-alikes make the proposals.")
    for row in rows:
        active = "  in use" if row.is_active else f"  not taken: {_why(row)}" if row.left_for else ""
        click.echo(
            f"model {row.version}  {row.trained_at:%Y-%m-%d %H:%M} UTC  learnt from {row.documents}, right first "
            f"{row.accuracy:.1%} of {row.held_back} held back, rules alone {row.rules_accuracy:.1%}{active}"
        )
    if classes and rows:
        for score in rows[0].classes:
            click.echo(
                f"  {score.code:<10} learnt {score.learnt:>5}  examined {score.examined:>4}  "
                f"precision {_share(score.precision)}  recall {_share(score.recall)}"
            )
    for rate in rates:
        click.echo(f"{rate.field.value:<14} proposed {rate.proposed:>6}  first right {_share(rate.share)}")


def _why(row: ModelRow) -> str:
    if row.left_for is LeftFor.ACTIVE:
        return f"model {row.rival} is right first in {_share(row.rival_accuracy).strip()} of the same papers"
    return "no better than always naming the commonest class"


def _share(share: float | None) -> str:
    return "     –" if share is None else f"{share:6.1%}"


def _facts(row: ModelRow) -> dict[str, Any]:
    return {
        "version": row.version,
        "trained_at": row.trained_at.isoformat(timespec="seconds"),
        "active": row.is_active,
        "left_for": row.left_for.value if row.left_for else None,
        "rival": row.rival,
        "rival_accuracy": None if row.rival_accuracy is None else round(row.rival_accuracy, 4),
        "documents": row.documents,
        "held_back": row.held_back,
        "accuracy": round(row.accuracy, 4),
        "rules_accuracy": round(row.rules_accuracy, 4),
        "commonest_accuracy": round(row.commonest_accuracy, 4),
        "new_forms": row.new_forms,
        "new_forms_right": row.new_forms_right,
        "classes": [
            {
                "code": s.code,
                "learnt": s.learnt,
                "examined": s.examined,
                "claimed": s.claimed,
                "right": s.right,
            }
            for s in row.classes
        ],
        "confusions": [list(confusion) for confusion in row.confusions],
    }


@suggestions.command(help="Learn from what is filed now, in this process, as the weekly job does.")
@click.pass_obj
def train(archive: Archive) -> None:
    archive.close()
    command = [sys.executable, "-m", "workers.runtime", "job", JobName.SUGGESTIONS_TRAIN.value]
    done = subprocess.run(command, check=False)
    with archive.reading() as session:
        run = jobs.latest_runs(session).get(JobName.SUGGESTIONS_TRAIN.value)
    if run is not None:
        click.echo(f"{run.state}{': ' if run.note else ''}{run.note or ''}")
    raise SystemExit(done.returncode)


@suggestions.command(help="Have the papers that wait for filing thought over again, in the background.")
@click.pass_obj
def renew(archive: Archive) -> None:
    with archive.unit_of_work(service_actor("cli")) as work:
        count = renew_proposals(work)
    click.echo(f"{count} papers will be thought over again")


commands = [suggestions]
