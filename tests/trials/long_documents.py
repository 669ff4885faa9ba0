"""A scan of 2,000 pages: read in bounded memory, page by page, and on from where a killed worker left it."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import psutil
from PIL import Image
from sqlalchemy import text

from archive_service import audit, records
from archive_service.bootstrap import Archive, open_archive
from archive_service.kernel.ids import VersionId
from archive_service.records import VersionRow, VersionState
from archive_service.settings import Settings
from bench.fonts import chinese_font
from bench.pages import draw_page
from tests.extraction.papers import encoded, raw_pdf
from tests.support.service import Service

DPI: Final = 200
MOST_MIB_A_PROCESS: Final = 1024
MOST_MIB_GROWTH: Final = 100  # of the worker itself, from a tenth of the way to the end
GIVEN_UP_AFTER_SECONDS: Final = 300.0  # without a new page
LOOK_EVERY_SECONDS: Final = 0.5
MARK: Final = 0.125
MOST_CHARACTERS: Final = 100_000_000  # of all pages: more than they can have


class Kind(StrEnum):
    PDF = "pdf"
    TIFF = "tiff"


@dataclass(slots=True)
class Outcome:
    kind: Kind
    pages: int
    file_mib: float = 0.0
    seconds: float = 0.0  # from the upload's answer until it is searchable
    restart_seconds: float = 0.0  # from the kill to the next page
    killed_at: int = 0  # pages that were kept when the worker was killed
    peaks_mib: dict[str, int] = field(default_factory=dict)  # by process: resident, shared pages included
    growth_mib: int = 0
    troubles: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.troubles


def drawn_pages() -> list[Image.Image]:
    """A4 as an office scanner sends it in black and white."""
    texts = (
        "收楼验收单 房号 3-1201 业主 张示例",
        "装修申请表 单元 5-0802 施工单位 示例装饰公司",
        "电梯年度检验报告 编号 ZX-2026-0045",
        "消防设施巡查记录 地下车库 二层",
    )
    font = chinese_font()
    drawn = [draw_page(line, font, dpi=DPI, noise=0, seed=number) for number, line in enumerate(texts)]
    return [page.convert("L").point(lambda value: 255 * (value > 140)).convert("1") for page in drawn]


def long_file(kind: Kind, pages: int) -> bytes:
    """CCITT G4 throughout; the PDF's pages share their pictures, a TIFF has to repeat them."""
    drawn = drawn_pages()
    if kind is Kind.TIFF:
        return encoded_tiff(drawn, pages)
    pictures = [_g4_object(page) for page in drawn]
    first_page = 3 + len(pictures)
    kids = b" ".join(b"%d 0 R" % (first_page + 2 * number) for number in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % pages,
        *pictures,
    ]
    content = b"595 0 0 842 0 0 cm /I Do"
    for number in range(pages):
        picture = 3 + number % len(pictures)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /XObject << /I %d 0 R >> >> >>" % (first_page + 2 * number + 1, picture),
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        ]
    return raw_pdf(objects)


def encoded_tiff(drawn: list[Image.Image], pages: int) -> bytes:
    def others() -> Iterator[Image.Image]:
        for number in range(1, pages):
            yield drawn[number % len(drawn)]

    out = io.BytesIO()
    drawn[0].save(out, "TIFF", compression="group4", save_all=True, append_images=others(), dpi=(DPI, DPI))
    return out.getvalue()


def _g4_object(page: Image.Image) -> bytes:
    """The picture's one strip of G4, taken out of a TIFF."""
    tiff = encoded(page, "TIFF", compression="group4", tiffinfo={278: page.height})
    with Image.open(io.BytesIO(tiff)) as opened:
        tags = opened.tag_v2  # type: ignore[attr-defined]  # a TIFF has them
        (start,), (length,) = tags[273], tags[279]
        is_black_one = tags[262] == 0  # white is zero
    strip = tiff[start : start + length]
    parameters = b"/K -1 /Columns %d /Rows %d /BlackIs1 %b" % (
        page.width,
        page.height,
        b"false" if is_black_one else b"true",
    )
    return (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 1 "
        b"/Filter /CCITTFaxDecode /DecodeParms << %b >> /Length %d >>\nstream\n%b\nendstream"
        % (page.width, page.height, parameters, len(strip), strip)
    )


def trial(
    data: Path, kind: Kind, pages: int = 2000, say: Callable[[str], None] = lambda _line: None
) -> Outcome:
    """Send it, kill the worker half way, wait until it is searchable."""
    outcome = Outcome(kind, pages)
    content = long_file(kind, pages)
    outcome.file_mib = round(len(content) / (1 << 20), 1)
    with Service(data) as service:
        token = service.token_for("chen", "archivist")
        with service.client(token) as client:
            answer = client.post("/api/v1/documents", files={"file": (f"long.{kind}", content)})
            answer.raise_for_status()
        del content
        _follow(service, data, outcome, say)
    _look(data, outcome)
    return outcome


def _follow(service: Service, data: Path, outcome: Outcome, say: Callable[[str], None]) -> None:
    archive = open_archive(Settings(data_dir=data))
    began = moved = time.monotonic()
    killed = 0.0
    read, early_mib = 0, 0
    while True:
        with archive.reading() as session:
            version = records.version_by_id(session, VersionId(1))
        if version.state is VersionState.SEARCHABLE:
            break
        now = time.monotonic()
        if version.pages_read < read:
            outcome.troubles.append(f"from page {read} back to {version.pages_read}")
        if version.pages_read != read:
            if killed and not outcome.restart_seconds:
                outcome.restart_seconds = round(now - killed, 1)
            if version.pages_read // 100 != read // 100:
                say(f"{outcome.kind}: page {version.pages_read} of {version.pages_total} {outcome.peaks_mib}")
            read, moved = version.pages_read, now
        if now - moved > GIVEN_UP_AFTER_SECONDS or version.state in records.STUCK:
            outcome.troubles.append(f"{version.state} at page {read} {version.trouble}")
            break
        worker_mib = _measure(service, outcome)
        if not early_mib and read > outcome.pages // 10 and worker_mib:
            early_mib = worker_mib
        if killed and worker_mib:
            outcome.growth_mib = max(outcome.growth_mib, worker_mib - early_mib)
        if not killed and read >= outcome.pages // 2:
            killed = now
            service.kill(_worker_of)
            outcome.killed_at = _mark(archive)
        time.sleep(LOOK_EVERY_SECONDS)
    outcome.seconds = round(time.monotonic() - began, 1)
    archive.close()


def _mark(archive: Archive) -> int:
    """Sign the pages that are kept, where reading one again would overwrite it; how many."""
    with archive.sessions.writing() as session:
        session.execute(text("UPDATE page SET confidence = :mark"), {"mark": MARK})
        return len(records.page_numbers(session, 1))


def _worker_of(family: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in family if _name_of(process) == "worker"]


def _name_of(process: psutil.Process) -> str:
    """ "worker", "web" …, or the last part of the module that a child of reading runs."""
    with suppress(psutil.NoSuchProcess):
        words = process.cmdline()
        modules = [word for word in words if word.startswith("workers.extraction.")]
        return modules[0].rsplit(".", 1)[1] if modules else words[-1] if words else ""
    return ""


def _measure(service: Service, outcome: Outcome) -> int:
    """Keep the peaks; what the worker itself holds now, in MiB."""
    worker_mib = 0
    for process in service.family():
        with suppress(psutil.NoSuchProcess):
            name, mib = _name_of(process), process.memory_info().rss >> 20
            outcome.peaks_mib[name] = max(outcome.peaks_mib.get(name, 0), mib)
            if name == "worker":
                worker_mib = mib
    return worker_mib


def _look(data: Path, outcome: Outcome) -> None:
    archive = open_archive(Settings(data_dir=data))
    with archive.reading() as session:
        (version,) = records.known_versions(session, 0)
        _look_at_version(version, records.page_numbers(session, version.id), outcome)
        pages, _ = records.page_texts(session, version.id, most=outcome.pages, characters=MOST_CHARACTERS)
        texts = {text for _, text in pages}
        marked = session.scalar(text("SELECT count(*) FROM page WHERE confidence = :mark"), {"mark": MARK})
        reads = [row for row in audit.trail(session, limit=1000) if row.action == "version.read"]
    if len(texts) != min(4, outcome.pages) or "" in texts:
        outcome.troubles.append(f"{len(texts)} different texts")
    if marked != outcome.killed_at:
        outcome.troubles.append(f"of {outcome.killed_at} pages only {marked} were not read again")
    if len(reads) != 1:
        outcome.troubles.append(f"read {len(reads)} times")
    if max(outcome.peaks_mib.values(), default=0) > MOST_MIB_A_PROCESS:
        outcome.troubles.append(f"more than {MOST_MIB_A_PROCESS} MiB in one process")
    if outcome.growth_mib > MOST_MIB_GROWTH:
        outcome.troubles.append(f"the worker grew by {outcome.growth_mib} MiB")
    archive.close()


def _look_at_version(version: VersionRow, numbers: set[int], outcome: Outcome) -> None:
    if version.state is not VersionState.SEARCHABLE:
        outcome.troubles.append(f"ended {version.state}")
    if version.pages_total != outcome.pages or numbers != set(range(1, outcome.pages + 1)):
        outcome.troubles.append(f"{len(numbers)} pages of {version.pages_total}")
