"""``make demo``: the whole service over a sample archive of an invented centre, read and searchable.

Everything is invented. The accounts below exist in this archive only, whose data lies in ``.demo`` beside the
project (``ARCHIVE_DATA_DIR`` moves it); remove the folder to begin again.
"""

import os
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Final

import click

from archive_service import people, records
from archive_service.bootstrap import Archive
from archive_service.cli import prepared_archive
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.levels import Level
from archive_service.people import Role
from archive_service.records import Description, DocumentFilter, Received, VersionState
from archive_service.serving import whole_service
from archive_service.settings import load_settings
from bench.brought_in import fill_bulk
from bench.earlier import days_ago
from bench.filed import file_samples
from bench.fonts import chinese_font
from bench.grants import fill_grants
from bench.half_filled import bring_in_renovation, fill_checklists
from bench.lent import fill_lending
from bench.placed import place_anew
from bench.premises import fill_premises
from bench.reminded import fill_reminders
from bench.renewed import renew_a_notice
from bench.samples import drawing, files
from bench.scanned_piles import fill_scans
from bench.shelves import fill_shelves

PASSWORD: Final = "yunqi-demo-2026"
PEOPLE: Final = (
    ("admin", "管理员", Role.IT_ADMIN),
    ("chen", "陈思远", Role.ARCHIVIST),
    ("lin", "林晓梅", Role.FRONT_DESK),
    ("zhao", "赵启明", Role.SC_MANAGER),
    ("qian", "钱馆长", Role.ARCHIVE_HEAD),
    ("sun", "孙会计", Role.FINANCE),
    ("wu", "吴工", Role.ENGINEERING),
    ("li", "李总", Role.COMPANY_LEADER),
    ("zhou", "周法务", Role.PI_OFFICER),
    ("he", "何审计", Role.AUDITOR),
)


def fill(archive: Archive) -> None:
    """People and papers, once; a run that was broken off goes on where it stopped."""
    with archive.reading() as session:
        is_new = not people.any_user(session)
    if is_new:
        passwords = {name: people.hash_password(PASSWORD, name) for name, _, _ in PEOPLE}
        # Some weeks ago: lending has a past.
        with days_ago(archive, 60).unit_of_work(service_actor("cli")) as work:
            # The manager last: from then on roles wait for approval.
            for name, display_name, role in sorted(PEOPLE, key=lambda one: one[2] is Role.SC_MANAGER):
                people.add_person(
                    work, name=name, display_name=display_name, roles=[role], password=passwords[name]
                )
        _propose(archive)
    archivist = _archivist(archive)
    fill_premises(archive, archivist)
    fill_grants(archive, _person(archive, "zhao"), _person(archive, "he"))
    fill_reminders(archive, head=_person(archive, "qian"), told=_person(archive, "chen"))
    font = chinese_font()
    for number, (sample, file_name, content) in enumerate(files(font)):
        # Every fifth paper comes as it came in the door: nobody has said yet what it is.
        known = number % 5 != 4
        description = Description(
            title=sample.title if known else "",
            class_code=sample.class_code if known else "",
            unit=sample.unit if known else "",
            level=Level(sample.level) if known else None,
        )
        _add(archive, archivist, content, file_name, description)
        print(f"\rdrawing the sample papers: {number + 1}", end="", flush=True)
    _add(
        archive,
        archivist,
        drawing(font),
        "电施-12.tif",
        Description(
            title="3栋强电平面图",
            class_code="KJ.02.DQ",
            doc_number="电施-12",
            unit="3栋",
            doc_date="2019-08-20",
        ),
    )
    bring_in_renovation(archive, _person(archive, "lin"), font)
    fill_scans(archive, archivist, font)
    fill_bulk(archive, archivist)
    print()


def _propose(archive: Archive) -> None:
    """Two roles that wait for the manager's word."""
    with archive.unit_of_work(_person(archive, "admin")) as work:
        for name, role in (("chen", Role.CASHIER), ("wu", Role.FRONT_DESK)):
            user_id = _person(archive, name).user_id
            assert user_id is not None
            people.propose_role(work, user_id, role)


def _keepers(archive: Archive) -> dict[str, Actor]:
    """Who files papers of which classes: accounting papers are finance's, all others the archivist's."""
    return {"": _archivist(archive), "KU": _person(archive, "sun")}


def _archivist(archive: Archive) -> Actor:
    return _person(archive, "chen")


def _person(archive: Archive, name: str) -> Actor:
    with archive.reading() as session:
        found = next(p for p in people.people(session, archive.clock.now()) if p.name == name)
        actor = people.actor_of(session, found.user_id, archive.clock.now(), via="cli")
    assert actor is not None
    return actor


def _add(archive: Archive, actor: Actor, content: bytes, file_name: str, told: Description) -> None:
    blob = archive.blobs.put([content])
    with archive.unit_of_work(actor) as work:
        if not records.same_bytes(work.session, actor, blob.digest):
            records.add_document(work, Received(blob.digest, blob.size, file_name), told)


def report(archive: Archive, address: str) -> None:
    """Tell how far reading is, then where to go."""
    while True:
        with archive.reading() as session:
            actor = service_actor("cli")
            total = records.document_count(session, actor, DocumentFilter())
            found = DocumentFilter(states=(VersionState.SEARCHABLE,))
            ready = records.document_count(session, actor, found)
            stuck = records.counts(session, actor).stuck
        print(f"\rread and searchable: {ready} of {total}", end="", flush=True)
        if ready + stuck >= total:
            break
        time.sleep(1)
    filed = len(list(file_samples(archive, _keepers(archive))))
    renew_a_notice(archive, _archivist(archive), chinese_font())
    place_anew(archive, _archivist(archive))
    fill_checklists(archive, _archivist(archive), _person(archive, "lin"))
    fill_shelves(archive, _archivist(archive))
    lent = fill_lending(archive, lambda name: _person(archive, name))
    print(f"\nfiled: {filed}, loan slips: {lent}", end="")
    print(f"\n\nThe demo is at {address} — sign in with password {PASSWORD} as one of:")
    for name, display_name, role in PEOPLE:
        print(f"    {name:<8} {display_name}  ({role.value})")
    print("Ctrl-C stops it.", flush=True)


@click.command(help=__doc__)
@click.option("--fresh", is_flag=True, help="Remove the demo's data first.")
def main(fresh: bool) -> None:
    folder = Path(os.environ.setdefault("ARCHIVE_DATA_DIR", ".demo"))
    # The accounts are for looking around: nobody should have to enrol a phone for that.
    os.environ.setdefault("ARCHIVE_TWO_FACTOR", "offered")
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    settings = load_settings()
    archive = prepared_archive(settings)
    fill(archive)
    address = f"http://{settings.host}:{settings.port}"

    def started() -> None:
        threading.Thread(target=report, args=(archive, address), daemon=True).start()

    whole_service(settings).run(started)
    archive.close()


if __name__ == "__main__":
    sys.exit(main())
