"""``archive check``."""

import json
import sys
from dataclasses import asdict

import click

from archive_service.bootstrap import Archive
from archive_service.home.service import Consistency, check_consistency


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON.")
@click.option("--deep", is_flag=True, help="Read and hash every file again: takes as long as copying them.")
@click.pass_obj
def check(archive: Archive, as_json: bool, deep: bool) -> None:
    """Compare database, files, index and audit trail.

    Prints what is wrong and what to do about it. The exit code is 0 only if everything fits together.
    """
    seen = check_consistency(archive, deep=deep, progress=_show_progress)
    if as_json:
        click.echo(json.dumps({"ok": seen.ok, **asdict(seen)}, ensure_ascii=False, indent=2))
    else:
        _show(seen)
    if not seen.ok:
        raise SystemExit(1)


def _show_progress(part: str, count: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{part}: {count}   ", err=True, nl=False)


def _show(seen: Consistency) -> None:
    hashed = "hashed again" if seen.deep else "there, with their sizes (--deep hashes them)"
    click.echo(f"files: {seen.files} of {seen.versions} versions, {seen.bytes} bytes, {hashed}")
    click.echo(f"index: {seen.index_entries} entries")
    click.echo(f"audit: {seen.audit_rows} rows")
    click.echo(_background(seen))
    for year in seen.years_missing:
        click.echo(
            f"working calendar: {year} is missing; only its weekends count as days off until it is entered with: "
            f"archive working-days import {year} FILE\n"
            f"工作日历：缺 {year} 年；录入之前只有周末算休息日，请运行 archive working-days import {year} 文件"
        )
    for finding in seen.findings:
        click.echo(f"\n{finding.code}: {finding.subject}\n    {finding.remedy}")
    if seen.more:
        click.echo(f"\n… and {seen.more} more")
    click.echo("\nEverything fits together." if seen.ok else f"\n{len(seen.findings) + seen.more} findings")


def _background(seen: Consistency) -> str:
    """Both languages: whoever reads it may have been called because papers are not being read."""
    if not seen.workers:
        return (
            "background: not running. What is uploaded is kept but not read; start it with: archive up\n"
            "后台：没有运行。上传的文件会妥善保存，但不会被识读；请运行 archive up 启动。"
        )
    if seen.unattended:
        names = " ".join(seen.unattended)
        return (
            f"background: {seen.workers} running, but nobody takes: {names}. Start: archive worker {names}\n"
            f"后台：{seen.workers} 个进程在运行，但没有进程负责：{names}。请运行 archive worker {names}"
        )
    return f"background: {seen.workers} running"


commands = [check]
