"""The ``archive`` command. Gathers each capability's commands; runs the service and its parts."""

import importlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import click

from archive_service.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from archive_service.bootstrap import Archive

CAPABILITIES: Final = (
    "archive_service.people.cli",
    "archive_service.approvals.cli",
    "archive_service.classification.cli",
    "archive_service.premises.cli",
    "archive_service.working_days.cli",
    "archive_service.reminders.cli",
    "archive_service.records.cli",
    "archive_service.checklists.cli",
    "archive_service.suggestions.cli",
    "archive_service.scans.cli",
    "archive_service.intake.cli",
    "archive_service.search.cli",
    "archive_service.bulk.cli",
    "archive_service.loans.cli",
    "archive_service.home.cli",
)
"""Modules with a list ``commands``."""


class CommandContext(click.Context):
    """Opens the archive when the command it stands for takes it: not for ``--help``, not for a mistyped option."""

    _archive: "Archive | None" = None

    @property
    def obj(self) -> "Archive":
        if self._archive is None:
            self._archive = prepared_archive(settings_or_exit())
            self.call_on_close(self._archive.close)
        return self._archive

    @obj.setter
    def obj(self, archive: "Archive | None") -> None:
        self._archive = archive


def _opening_late(command: click.Command) -> click.Command:
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _opening_late(below)
    else:
        command.context_class = CommandContext
    return command


class Gathered(click.Group):
    """Imports the capabilities' commands only when one of them is asked for, so that ``up`` starts quickly."""

    def _gather(self) -> None:
        for name in CAPABILITIES:
            for command in importlib.import_module(name).commands:
                self.commands.setdefault(command.name or "", command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and _opening_late(command), rest

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._gather()
        return sorted(self.commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands:
            self._gather()
        return self.commands.get(cmd_name)


def settings_or_exit() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def prepared_archive(settings: Settings) -> "Archive":
    """The archive on a database that is up to date, with the file plan, the checklists and the working calendar in it."""
    from archive_service import checklists, classification, loans, migrations, working_days
    from archive_service.bootstrap import open_archive
    from archive_service.kernel.actor import service_actor

    archive = open_archive(settings)
    if not migrations.is_current(archive.sessions.engine):
        migrations.upgrade(archive.sessions.engine)
    # Asked every time: a start may have been cut off between the two.
    with archive.reading() as session:
        loaded = (
            classification.is_loaded(session)
            and checklists.are_loaded(session)
            and working_days.are_loaded(session)
            and loans.are_loaded(session)
        )
    if not loaded:
        with archive.unit_of_work(service_actor("cli")) as work:
            classification.load_shipped_plan(work)
            checklists.load_shipped_lists(work)
            working_days.load_shipped_years(work)
            loans.load_shipped_rules(work)
    return archive


@click.group(cls=Gathered, help="The archive service: documents in, found, kept, never lost.")
@click.version_option(package_name="archive-service")
def main() -> None: ...


@main.command("settings", help="Every setting with its meaning, its default and its value now.")
@click.option("--json", "as_json", is_flag=True)
def show_settings(as_json: bool) -> None:
    current = settings_or_exit()
    rows = [
        {
            "name": f"ARCHIVE_{name.upper()}",
            "meaning": field.description,
            "default": str(field.default),
            "value": _without_password(str(getattr(current, name))),
        }
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(
            f"{row['name']} = {row['value'] or '(empty)'}\n    {row['meaning']} (default: {row['default'] or 'empty'})"
        )


def _without_password(value: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(value).render_as_string(hide_password=True) if "@" in value else value


@main.command(help="Bring the database up to date.")
def migrate() -> None:
    prepared_archive(settings_or_exit()).close()
    click.echo("The database is up to date.", err=True)


@main.command(help="The web server alone.")
def web() -> None:
    from archive_service.serving import dies_with_its_supervisor, is_loopback, obstacle, serve_web, told

    dies_with_its_supervisor()
    settings = settings_or_exit()
    if not is_loopback(settings.host) and not _somebody_can_sign_in():
        # Whoever found the port first could watch the set-up; afterwards it listens where it was told to.
        click.echo(
            f"Nobody can sign in yet, so it listens on 127.0.0.1 only instead of {settings.host}. Make the first "
            "account (by the link, or with: archive user create), then start it again.",
            err=True,
        )
        settings = settings.model_copy(update={"host": "127.0.0.1"})
    if error := obstacle(settings):
        raise click.ClickException(told(settings, error))
    serve_web(settings)


def _somebody_can_sign_in() -> bool:
    """Asked of a process of its own: the web server's first process stays small without a database."""
    command = [sys.executable, "-m", "archive_service.cli", "is-set-up"]
    return subprocess.run(command, check=False).returncode == 0


@main.command("is-set-up", hidden=True)
@click.pass_obj
def is_set_up(archive: "Archive") -> None:
    from archive_service import people

    with archive.reading() as session:
        raise SystemExit(0 if people.any_user(session) else 1)


class QueueName(click.ParamType[str]):
    """Looked up only when one is named: the queues' names stand beside tables, which ``up`` has no need of."""

    name = "queue"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from archive_service.jobs import QUEUES

        return click.Choice(QUEUES).convert(value, param, ctx)


@main.command(help="A worker alone, for all queues or for those named: read index jobs.")
@click.argument("queues", nargs=-1, type=QueueName())
def worker(queues: tuple[str, ...]) -> None:
    settings_or_exit()
    os.execv(sys.executable, [sys.executable, "-m", "workers.runtime", "worker", *queues])  # noqa: S606


@main.command(help="The whole service: database up to date, web server, worker. Ctrl-C stops all of it.")
def up() -> None:
    from archive_service.serving import is_prepared, obstacle, told, whole_service

    settings = settings_or_exit()
    if error := obstacle(settings):
        raise click.ClickException(told(settings, error))
    # In a process of its own: what migrating imports would stay in this one's memory for good.
    welcome = [sys.executable, "-m", "archive_service.cli", "welcome"]
    was_prepared = is_prepared(settings)
    if not was_prepared and (code := subprocess.run(welcome, check=False).returncode):
        raise SystemExit(code)

    def started() -> None:
        click.echo(f"The archive service is at http://{settings.host}:{settings.port}")
        if was_prepared:
            # Looked at all the same, beside the starting worker: somebody may have put another database in place.
            subprocess.Popen(["nice", *welcome], start_new_session=True)

    whole_service(settings).run(started)


@main.command(hidden=True, help="Prepare the database; print the set-up link if nobody can sign in yet.")
@click.pass_obj
def welcome(archive: "Archive") -> None:
    from archive_service import audit as trail
    from archive_service import people
    from archive_service.kernel.actor import service_actor
    from archive_service.serving import mark_prepared

    mark_prepared(archive.settings)
    trail.signing_key(archive.settings.data_dir)
    with archive.reading() as session:
        if people.any_user(session):
            return
    with archive.unit_of_work(service_actor("cli")) as work:
        token = people.make_setup_link(work)
    base = (
        archive.settings.public_url.rstrip("/") or f"http://{archive.settings.host}:{archive.settings.port}"
    )
    click.echo(
        "\nNobody can sign in yet. Open this link within 30 minutes to make the first account; it works once:\n"
        "还没有任何账号。请在 30 分钟内打开下面的链接创建第一个账号，链接只能用一次：\n\n"
        f"    {base}/setup/{token}\n"
    )


@main.group(help="Periodic jobs.")
def jobs() -> None: ...


@jobs.command("list", help="Every job and its latest run.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_jobs(archive: "Archive", as_json: bool) -> None:
    from archive_service import jobs as job_runs
    from archive_service.kernel.clock import BUSINESS_ZONE

    with archive.reading() as session:
        latest = job_runs.latest_runs(session)
    rows = []
    for name in job_runs.JobName:
        run = latest.get(name)
        rows.append(
            {
                "name": name.value,
                "does": job_runs.TITLES[name],
                "state": run.state if run else "never",
                "started_at": run.started_at.isoformat(timespec="seconds") if run else None,
                "note": run.note if run else "",
            }
        )
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        # As on the pages, in the counter's own time.
        run = latest.get(str(row["name"]))
        at = run.started_at.astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d %H:%M:%S") if run else "-"
        click.echo(f"{row['name']:<20} {row['state']:<12} {at:<20} {row['note']}")


@jobs.command("run", help="Run one job now, in this process.")
@click.argument("name")
@click.pass_obj
def run_job(archive: "Archive", name: str) -> None:
    from archive_service import jobs as job_runs

    if name not in set(job_runs.JobName):
        raise click.ClickException(f"no job is called {name}; see: archive jobs list")
    archive.close()
    done = subprocess.run([sys.executable, "-m", "workers.runtime", "job", name], check=False)
    with archive.reading() as session:
        run = job_runs.latest_runs(session).get(name)
    if run is not None:
        click.echo(f"{name}: {run.state}{': ' if run.note else ''}{run.note}")
    raise SystemExit(done.returncode)


@main.group(help="The audit trail.")
def audit() -> None: ...


@audit.command("verify", help="Walk the whole chain of the trail and compare it with every signed head.")
@click.option(
    "--heads",
    type=click.Path(exists=True, file_okay=False),
    help="A copy of the signed heads kept elsewhere.",
)
@click.option(
    "--public-key", "key_text", default="", help="As it was written down elsewhere: 64 hexadecimal digits."
)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def verify_audit(archive: "Archive", heads: str | None, key_text: str, as_json: bool) -> None:
    from pathlib import Path

    from archive_service import audit as trail

    try:
        key = (
            trail.public_key(key_text)
            if key_text
            else trail.signing_key(archive.settings.data_dir).public_key()
        )
    except ValueError as error:
        raise click.ClickException("the public key has 64 hexadecimal digits") from error
    folder = Path(heads) if heads else archive.settings.heads_dir
    with archive.reading() as session:
        faults = trail.examine(session, folder, key)
        count = trail.event_count(session)
    if as_json:
        told = [{"code": f.code, "row": f.seq or None, "file": f.file or None} for f in faults]
        click.echo(json.dumps({"ok": not faults, "rows": count, "faults": told}, indent=2))
    else:
        for fault in faults:
            words = trail.told(fault)
            click.echo(f"{fault.code}: {words.english}\n    {words.chinese}", err=True)
        if not faults:
            click.echo(f"{count} rows, unbroken; {len(list(folder.glob('*.json')))} signed heads hold")
    if faults:
        raise SystemExit(1)


@audit.command(
    "key", help="The public key that the heads of the trail are signed with: keep a copy elsewhere."
)
@click.pass_obj
def show_key(archive: "Archive") -> None:
    from archive_service import audit as trail

    click.echo(trail.public_text(trail.signing_key(archive.settings.data_dir).public_key()))


if __name__ == "__main__":
    main()
