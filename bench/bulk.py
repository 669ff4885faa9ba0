"""Five thousand files come in by a table, and go out again with their originals; beside a plain copy with SHA-256."""

import csv
import hashlib
import io
import os
import random
import resource
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from archive_service import people
from archive_service.bootstrap import Archive
from archive_service.bulk import exporting, importing
from archive_service.bulk.queries.exports import export_view
from archive_service.bulk.queries.imports import import_view
from archive_service.bulk.rules import RowState
from archive_service.bulk.rules.selection import asked_for
from archive_service.cli import prepared_archive
from archive_service.kernel.actor import Actor, service_actor
from archive_service.settings import Settings
from bench.figures import Figure

FILES = 5_000
BYTES = 40_000
CLASSES = ("WS.02", "WS.03", "YZ.02", "ZX.01", "KF.01")


def figures(folder: Path) -> Iterator[Figure]:
    packed = folder / "移交.zip"
    _pack(packed)
    archive = prepared_archive(Settings(data_dir=folder / "data"))
    actor = _archivist(archive)
    with packed.open("rb") as file:
        blob = archive.blobs.put(iter(lambda: file.read(1 << 20), b""))
    with archive.unit_of_work(actor) as work:
        import_id = importing.open_zip(work, blob, packed.name)
    before = _megabytes()
    checked = _seconds(lambda: importing.check(archive, import_id))
    with archive.unit_of_work(actor) as work:
        importing.start(work, import_id, skip=False)
    taken = _seconds(lambda: importing.run(archive, import_id))
    with archive.reading() as session:
        done = import_view(session, service_actor(), import_id).count(RowState.DONE)
    assert done == FILES, done
    plain = _seconds(lambda: _plain(packed, folder / "plain"))
    yield Figure(
        f"{FILES:,} files of {BYTES // 1000} KB by a table, checked and imported, before reading",
        f"{FILES / (checked + taken):.0f} files/s (check {checked:.1f} s); memory +{_megabytes() - before:.0f} MB",
        "≥ 30 files/s",
        f"unzip + SHA-256 + fsync, no rows, no trail: {FILES / plain:.0f} files/s",
        met=FILES / (checked + taken) >= 30,
    )
    before = _megabytes()
    with archive.unit_of_work(actor) as work:
        export_id = exporting.request(work, asked_for("class", {}), with_originals=True, reason="bench")
    gathered = _seconds(lambda: exporting.run(archive, export_id))
    with archive.unit_of_work(_manager(archive)) as work:
        exporting.decide(work, export_id, approve=True)
    built = _seconds(lambda: exporting.run(archive, export_id))
    with archive.reading() as session:
        view = export_view(session, actor, export_id)
    assert view.originals == FILES, view
    yield Figure(
        f"{FILES:,} documents out: list, originals, digests",
        f"{FILES / (gathered + built):.0f} documents/s, {view.size / 1e6:.0f} MB; memory +{_megabytes() - before:.0f} MB",
        "memory + < 150 MB",
        met=_megabytes() - before < 150,
    )
    archive.close()


def _pack(path: Path) -> None:
    chance = random.Random(2026)
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["文件路径", "题名", "分类号", "日期", "责任者"])
    with zipfile.ZipFile(path, "w") as made:
        for number in range(FILES):
            name = f"{number // 500:02}/{number:05}.pdf"
            made.writestr(name, b"%PDF-1.4 " + number.to_bytes(8, "big") + chance.randbytes(BYTES))
            rows.writerow(
                [
                    name,
                    f"移交文件 {number}",
                    CLASSES[number % len(CLASSES)],
                    "2026-03-08",
                    "云栖花园客户服务中心",
                ]
            )
        made.writestr("目录.csv", table.getvalue().encode("utf-8-sig"))


def _archivist(archive: Archive) -> Actor:
    return _person(archive, "bench", "archivist")


def _manager(archive: Archive) -> Actor:
    return _person(archive, "manager", "sc_manager")


def _person(archive: Archive, name: str, role: str) -> Actor:
    with archive.unit_of_work(service_actor("cli")) as work:
        user_id = people.add_person(work, name=name, display_name=name, roles=[role])
    with archive.reading() as session:
        actor = people.actor_of(session, user_id, archive.clock.now(), via="page")
    assert actor is not None
    return actor


def _plain(packed: Path, folder: Path) -> None:
    folder.mkdir()
    with zipfile.ZipFile(packed) as made:
        for number, name in enumerate(made.namelist()):
            content = made.read(name)
            path = folder / f"{number}-{hashlib.sha256(content).hexdigest()}"
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())


def _seconds(step: object) -> float:
    assert callable(step)
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
