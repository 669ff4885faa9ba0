"""The forty sample papers of an invented service centre, drawn as the scans, photos and files they would come as."""

import io
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from docx import Document as WordDocument
from PIL import Image, ImageDraw, ImageFont

from bench.pages import as_pdf, draw_page

SAMPLES: Final = Path(__file__).parent / "data" / "samples.yaml"


@dataclass(frozen=True, slots=True)
class Sample:
    """``queries``: searches that must find it, all words in its text or title."""

    key: str
    class_code: str
    title: str
    unit: str
    level: str
    queries: tuple[str, ...]
    text: str


def samples() -> list[Sample]:
    raw = yaml.safe_load(SAMPLES.read_text("utf-8"))["samples"]
    return [
        Sample(
            key=s["id"],
            class_code=s["class"],
            title=s["title"],
            unit=s.get("unit") or "",
            level=s["level"],
            queries=tuple(str(q) for q in s["queries"]),
            text=s["text"],
        )
        for s in raw
    ]


def files(font: Path, seed: int = 2026) -> Iterator[tuple[Sample, str, bytes]]:
    """Each sample as (sample, file name, bytes): mostly scanned PDFs, some phone photos, a letter, a note."""
    chance = random.Random(seed)
    for number, sample in enumerate(samples()):
        name = f"{sample.key}_{sample.title}"
        if number % 10 == 7:
            yield sample, f"{name}.docx", _letter(sample)
        elif number % 20 == 13:
            yield sample, f"{name}.txt", f"{sample.title}\n\n{sample.text}\n".encode()
        elif number % 4 == 1:
            page = _page(sample, font, chance, dpi=200, rotation=chance.choice((0, 0, 90)))
            out = io.BytesIO()
            page.convert("RGB").save(out, "JPEG", quality=82)
            yield sample, f"IMG_{20260301 + number}.jpg", out.getvalue()
        else:
            page = _page(sample, font, chance, dpi=200)
            yield sample, f"{name}.pdf", as_pdf([page], dpi=200)


def _page(sample: Sample, font: Path, chance: random.Random, dpi: int, rotation: int = 0) -> Image.Image:
    text = f"{sample.title}\n\n" + sample.text.replace("。", "。\n").strip()
    return draw_page(
        text,
        font,
        dpi=dpi,
        angle=chance.uniform(-2.5, 2.5),
        noise=chance.uniform(4, 12),
        seed=chance.randrange(1 << 30),
        rotation=rotation,
    )


def _letter(sample: Sample) -> bytes:
    letter = WordDocument()
    letter.add_heading(sample.title, 1)
    for sentence in sample.text.split("。"):
        if sentence.strip():
            letter.add_paragraph(sentence.strip() + "。")
    out = io.BytesIO()
    letter.save(out)
    return _timeless(out)


def _timeless(packed: io.BytesIO) -> bytes:
    """The same zip without the moments at which its parts were written: one sample is one file for ever."""
    out = io.BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name), source.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def drawing(font: Path) -> bytes:
    """An A1 sheet at 200 dpi, black and white, as a wide-format scanner would make it: a G4 TIFF."""
    width, height = round(841 / 25.4 * 200), round(594 / 25.4 * 200)
    sheet = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(sheet)
    large, small = ImageFont.truetype(str(font), 88), ImageFont.truetype(str(font), 40)
    draw.rectangle((120, 80, width - 80, height - 80), outline=0, width=8)
    for floor in range(6):
        top = 300 + floor * 620
        draw.text((200, top - 90), f"{floor + 1}F 配电平面", font=small, fill=0)
        for room in range(8):
            left = 220 + room * 600
            draw.rectangle((left, top, left + 560, top + 480), outline=0, width=5)
            draw.arc((left + 10, top + 360, left + 130, top + 480), 180, 270, fill=0, width=3)
            for lamp in range(3):
                x, y = left + 130 + lamp * 150, top + 180
                draw.ellipse((x - 22, y - 22, x + 22, y + 22), outline=0, width=3)
                draw.line((x - 16, y - 16, x + 16, y + 16), fill=0, width=2)
            draw.text((left + 30, top + 20), f"{floor + 1}{room + 1:02}", font=small, fill=0)
            draw.text(
                (left + 30, top + 410),
                f"WL{room + 1} BV-3×2.5",
                font=ImageFont.truetype(str(font), 26),
                fill=0,
            )
    block = (width - 1700, height - 1000, width - 80, height - 80)
    draw.rectangle(block, outline=0, width=6, fill=255)
    lines = (
        "云栖花园 3栋 强电平面图",
        "图号 电施-12    版次 A",
        "专业 电气    比例 1:100",
        "设计单位 示例市虚构建筑设计院",
        "竣工图  编制日期 2019年8月20日",
    )
    for at, line in enumerate(lines):
        draw.text((block[0] + 60, block[1] + 60 + at * 165), line, font=large, fill=0)
    out = io.BytesIO()
    sheet.convert("1").save(out, "TIFF", compression="group4", dpi=(200, 200))
    return out.getvalue()
