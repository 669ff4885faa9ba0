"""An import whose worker dies in the middle of it, as the machine's would."""

from pathlib import Path

from sqlalchemy import text

from archive_service.bulk import importing
from archive_service.bulk.queries.imports import import_view
from archive_service.bulk.rules import ImportState, RowState
from archive_service.kernel.actor import service_actor
from tests.bulk.crates import packed, table
from tests.support.service import Service
from tests.trials.worker_kills import House

FILES = 250  # many times more than one transaction brings in
WITHIN_SECONDS = 60.0


def test_a_worker_killed_in_the_middle_of_an_import_goes_on_and_brings_in_each_file_once(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    service = Service(data)
    service.command("migrate")
    house = House(service, data, seed=7)
    archive = house.archive
    names = [f"{number:03}.txt" for number in range(FILES)]
    rows = table(*((name, f"通知 {name}", "WS.02") for name in names))
    blob = archive.blobs.put([packed({**{name: name.encode() for name in names}, "目录.csv": rows})])
    with archive.unit_of_work(service_actor()) as work:
        import_id = importing.open_zip(work, blob, "移交.zip", announce=False)
    importing.check(archive, import_id)
    with archive.unit_of_work(service_actor()) as work:
        importing.start(work, import_id, skip=False)

    def done() -> int:
        with archive.reading() as session:
            return import_view(session, service_actor(), import_id).count(RowState.DONE)

    def ended() -> bool:
        with archive.reading() as session:
            return import_view(session, service_actor(), import_id).state is ImportState.DONE

    with house.worker():
        service.wait_for(lambda: done() > 0, WITHIN_SECONDS)
    at_its_death = done()
    assert 0 < at_its_death < FILES
    with house.worker():
        service.wait_for(ended, WITHIN_SECONDS)
    with archive.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM document")) == FILES
        assert session.scalar(text("SELECT count(DISTINCT digest) FROM version")) == FILES
        assert session.scalar(text("SELECT count(*) FROM import_row WHERE state = 'done'")) == FILES
    house.close()
