"""For the sample archive: a pile scanned at once with separator sheets in it, and papers that were scanned twice."""

import io
from pathlib import Path

import segno
from PIL import Image, ImageDraw, ImageFont

from archive_service import records, scans
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.records import Description, Received
from archive_service.scans.rules.sheets import payload
from bench.pages import as_pdf, draw_page
from bench.samples import Sample, samples

_A4: tuple[int, int] = (1654, 2339)  # pixels at 200 dpi


def fill_scans(archive: Archive, archivist: Actor, font: Path) -> None:
    with archive.unit_of_work(archivist) as work:
        renovation = scans.separator_sheet(work, class_code="ZX.01")
        plain = scans.separator_sheet(work)
    papers = samples()
    pile = [
        separator(font, payload(renovation.token), "ZX.01 二次装修申请与审批"),
        *(_scanned(sample, font, 40 + n) for n, sample in enumerate(papers[4:6])),
        separator(font, payload(plain.token), "此页之后另起一件"),
        _scanned(papers[8], font, 50),
        Image.new("RGB", _A4, "white"),
    ]
    _add(archive, archivist, as_pdf(pile), "前台一叠 2026-03-08.pdf")
    _add(archive, archivist, as_pdf([_scanned(papers[0], font, 60)]), "又扫了一遍.pdf")
    _add(
        archive,
        archivist,
        as_pdf([_scanned(papers[2], font, 70), _scanned(papers[3], font, 71, rotation=180)]),
        "两件在一起.pdf",
    )


def separator(font: Path, code: str, words: str) -> Image.Image:
    """A separator sheet as it comes off the printer and the scanner."""
    drawn = io.BytesIO()
    segno.make(code, error="h", micro=False).save(drawn, kind="png", scale=17, border=4)
    drawn.seek(0)
    page = Image.new("RGB", _A4, "white")
    draw = ImageDraw.Draw(page)
    for text, size, top in (("分隔页", 110, 420), (words, 56, 1400)):
        letter = ImageFont.truetype(str(font), size)
        draw.text(((_A4[0] - letter.getlength(text)) / 2, top), text, font=letter, fill="black")
    picture = Image.open(drawn).convert("RGB")
    page.paste(picture, ((_A4[0] - picture.width) // 2, 680))
    return page.rotate(0.8, Image.Resampling.BICUBIC, fillcolor="white")


def _scanned(sample: Sample, font: Path, seed: int, rotation: int = 0) -> Image.Image:
    text = f"{sample.title}\n\n" + sample.text.replace("。", "。\n").strip()
    return draw_page(text, font, angle=0.6, noise=8, seed=seed, rotation=rotation)


def _add(archive: Archive, actor: Actor, content: bytes, file_name: str) -> None:
    blob = archive.blobs.put([content])
    with archive.unit_of_work(actor) as work:
        if not records.same_bytes(work.session, actor, blob.digest):
            records.add_document(work, Received(blob.digest, blob.size, file_name), Description())
