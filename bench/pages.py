"""Pages that look scanned, drawn from known text: the truth that reading is measured against.

The same seed draws the same page, dot for dot. Needs Pillow and numpy, and a font that has the characters.
"""

import io
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

# Millimetres, upright.
SIZES: Final = {"A5": (148, 210), "A4": (210, 297), "A3": (297, 420), "A1": (594, 841), "A0": (841, 1189)}
SCANNED_AT: Final = time.struct_time((2026, 3, 6, 9, 30, 0, 4, 65, 0))
# Characters of given names that small recognition models don't know.
RARE_NAMES: Final = "翀赟婳旻劼骉"

_OPENINGS: Final = (
    "经业主大会表决通过，",
    "根据物业服务合同第十二条约定，",
    "服务中心工程部于本月完成巡检，",
    "业主陈翀申请办理装修手续，",
    "租户李赟提交商铺改造图纸，",
    "收到住户王婳关于电梯噪音的投诉，",
    "项目经理周旻组织现场复核，",
    "维修工刘劼更换水泵房控制柜，",
    "档案员马骉整理竣工图纸，",
    "财务室核对第三季度物业服务费，",
)
_MIDDLES: Final = (
    "三栋二单元1201室的给排水管道需要改造，",
    "公共区域照明线路老化情况已登记造册，",
    "地下车库消防喷淋系统压力为0.45MPa，",
    "应收金额为人民币12,860.50元，",
    "图号电施-12与现场施工情况不一致，",
    "装修押金2000元已于2026年3月8日缴清，",
    "步行街A区108号铺面外立面广告位需调整，",
    "监控机房空调故障导致设备温度偏高，",
)
_ENDINGS: Final = (
    "请各部门按照职责分工落实整改措施。",
    "相关资料已移交档案室归档保存。",
    "请在七个工作日内书面回复处理意见。",
    "由客户服务部负责跟进并做好记录。",
    "经双方确认无误后签字盖章生效。",
    "逾期未办理的，按照管理规约处理。",
)


@dataclass(frozen=True, slots=True)
class DrawnCharacter:
    """One character and the rectangle of its ink, in pixels of the finished picture: left, top, right, bottom."""

    char: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page and its truth; ``text`` has the lines as they were broken, in reading order."""

    image: Image.Image
    text: str
    characters: tuple[DrawnCharacter, ...]


def prose(characters: int, seed: int) -> str:
    """About so many characters of a service centre's own kind of writing, one paragraph a line."""
    random = np.random.default_rng(seed)
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < characters:
        paragraphs.append(
            "".join(str(random.choice(parts)) for _ in range(2) for parts in (_OPENINGS, _MIDDLES, _ENDINGS))
        )
    return "\n".join(paragraphs)


def draw_page(
    text: str,
    font: Path,
    dpi: int = 200,
    angle: float = 0.0,
    noise: float = 6.0,
    seed: int = 0,
    size: str = "A4",
    rotation: int = 0,
) -> Image.Image:
    """The picture alone; see ``place_page``."""
    return place_page(text, font, dpi, angle, noise, seed, size, rotation).image


def place_page(
    text: str,
    font: Path,
    dpi: int = 200,
    angle: float = 0.0,
    noise: float = 6.0,
    seed: int = 0,
    size: str = "A4",
    rotation: int = 0,
    *,
    points: float = 12.0,
    columns: int = 1,
    seal: bool = False,
    colour: bool = False,
) -> DrawnPage:
    """Text broken into lines on a sheet, then scanned badly.

    ``angle``: degrees the sheet lies askew, counter-clockwise. ``rotation``: 0, 90, 180, 270 degrees clockwise
    that the sheet was fed the wrong way. ``noise``: standard deviation of the grey levels. ``seal``: a red
    round seal over the last lines. Raises ValueError if the text doesn't fit on the sheet.
    """
    width, height = (round(side * dpi / 25.4) for side in SIZES[size])
    letter = ImageFont.truetype(str(font), round(points * dpi / 72))
    pitch = round(points * dpi / 72 * 1.6)
    margin = round(20 * dpi / 25.4)
    gutter = round(10 * dpi / 25.4)
    column_width = (width - 2 * margin - gutter * (columns - 1)) // columns
    lines = [part for line in text.split("\n") for part in _broken(line, letter, column_width)]
    per_column = (height - 2 * margin) // pitch
    if len(lines) > per_column * columns:
        raise ValueError(f"{len(lines)} lines don't fit on {size} with {per_column * columns}")
    per_column = min(per_column, math.ceil(len(lines) / columns))
    page = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(page)
    placed: list[tuple[str, float, float, float, float]] = []
    for number, line in enumerate(lines):
        x = margin + (number // per_column) * (column_width + gutter)
        y = margin + (number % per_column) * pitch
        draw.text((x, y), line, font=letter, fill=(20, 20, 20))
        for char in line:
            left, top, right, bottom = letter.getbbox(char)
            if not char.isspace():
                placed.append((char, x + left, y + top, x + right, y + bottom))
            x += letter.getlength(char)
    if seal:
        page = _sealed(page, centre=(width * 0.62, margin + per_column * pitch * 0.7), radius=21 * dpi / 25.4)
    if not (colour or seal):
        page = page.convert("L")  # before it is turned: a third of the work
    page = page.rotate(angle, Image.Resampling.BICUBIC, fillcolor="white")
    page = _scanned(page, noise, seed)
    turned = [_turned(entry, width, height, angle, rotation) for entry in placed]
    if rotation:
        page = page.rotate(-rotation, expand=True)
    return DrawnPage(page, "\n".join(lines), tuple(turned))


def as_pdf(images: Sequence[Image.Image], dpi: int = 200, quality: int = 80) -> bytes:
    """One PDF, a JPEG a page, as an office scanner makes it; the same bytes each time it is drawn."""
    out = io.BytesIO()
    images[0].save(
        out,
        "PDF",
        save_all=True,
        append_images=images[1:],
        resolution=dpi,
        quality=quality,
        creationDate=SCANNED_AT,
        modDate=SCANNED_AT,
    )
    return out.getvalue()


def error_rate(truth: str, read: str) -> float:
    """Edit distance in characters, blanks left out, divided by the truth's length."""
    wanted, got = ("".join(text.split()) for text in (truth, read))
    row = list(range(len(got) + 1))
    for at, char in enumerate(wanted, start=1):
        before, row[0] = row[0], at
        for place, other in enumerate(got, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (char != other))
    return row[-1] / max(1, len(wanted))


def _broken(line: str, letter: ImageFont.FreeTypeFont, width: int) -> list[str]:
    parts, current, used = [], "", 0.0
    for char in line:
        advance = letter.getlength(char)
        if used + advance > width and current:
            parts.append(current)
            current, used = "", 0.0
        current += char
        used += advance
    return [*parts, current]


def _sealed(page: Image.Image, centre: tuple[float, float], radius: float) -> Image.Image:
    """A stamp's ink lets the print under it show through, as multiplying does."""
    x, y = centre
    red = (222, 60, 56)
    ink = Image.new("RGB", page.size, "white")
    draw = ImageDraw.Draw(ink)
    draw.ellipse(
        (x - radius, y - radius, x + radius, y + radius), outline=red, width=max(2, int(radius / 12))
    )
    draw.regular_polygon((x, y, radius * 0.35), 5, fill=red)
    return ImageChops.multiply(page, ink)


def _scanned(page: Image.Image, noise: float, seed: int) -> Image.Image:
    page = page.filter(ImageFilter.GaussianBlur(0.6))
    if not noise:
        return page
    grey = np.asarray(page, dtype=np.float32)
    random = np.random.default_rng(seed)
    grain = random.standard_normal(grey.shape[:2], dtype=np.float32) * noise
    grey = grey * 0.94 + (grain if grey.ndim == 2 else grain[:, :, None])
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8))


def _turned(
    entry: tuple[str, float, float, float, float], width: int, height: int, angle: float, rotation: int
) -> DrawnCharacter:
    char, x0, y0, x1, y1 = entry
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    corners = []
    for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1)):
        dx, dy = x - width / 2, y - height / 2
        x, y = width / 2 + dx * cosine + dy * sine, height / 2 - dx * sine + dy * cosine
        corners.append(
            {0: (x, y), 90: (height - y, x), 180: (width - x, height - y), 270: (y, width - x)}[rotation]
        )
    xs, ys = zip(*corners, strict=True)
    return DrawnCharacter(char, (min(xs), min(ys), max(xs), max(ys)))
