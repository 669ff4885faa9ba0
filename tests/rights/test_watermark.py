"""Who looks at a page above INTERNAL, and when, stands on the picture itself."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from archive_service.app import create_app
from archive_service.kernel import watermark
from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Level
from archive_service.kernel.watermark import mark_text, marked, marked_tile
from archive_service.web import set_actor_loader
from archive_service.web.assets import asset_path
from tests.support.house import House
from tests.support.papers import is_scanned, marked_for, pictured_page

AT = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)


def jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=95)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("L")


@pytest.fixture
def font() -> Path:
    """The one that is bundled with the pages' scripts; made by ``make setup``."""
    found = asset_path("marks.ttf")
    assert found is not None
    return found


def test_the_time_is_that_of_the_counter() -> None:
    assert mark_text("陈晓梅", 7, AT) == "陈晓梅 #7 2026-03-09 09:00"
    lent = mark_text("陈晓梅", 7, AT, "JY-2026-0001")
    assert lent == "陈晓梅 #7 2026-03-09 09:00 JY-2026-0001"


@pytest.mark.parametrize("name", ["陈晓梅", "欧阳喆", "Li Wei", "㛃翀"])
def test_every_name_has_its_letters(font: Path, name: str) -> None:
    """None of them is the box that stands for what a font lacks."""
    letters = watermark._font(font, 40)
    missing = letters.getmask("\U0010ffff").getbbox(), bytes(letters.getmask("\U0010ffff"))
    for char in name.replace(" ", ""):
        assert (letters.getmask(char).getbbox(), bytes(letters.getmask(char))) != missing, char


def test_the_mark_stands_where_a_rendering_of_the_text_has_it(font: Path) -> None:
    white = Image.new("RGB", (1240, 1754), "white")
    text = mark_text("陈晓梅", 7, AT)
    seen = opened(marked(jpeg(white), text, font))
    darkened = ImageChops.invert(seen).point(lambda value: 255 if value > 20 else 0)
    letters = watermark._font(font, 25)
    x0, y0, x1, y1 = letters.getbbox(text)
    drawn = Image.new("L", (int(x1 - x0) + 4, int(y1 - y0) + 4), 0)
    ImageDraw.Draw(drawn).text((2 - x0, 2 - y0), text, font=letters, fill=255)
    drawn = drawn.rotate(24, resample=Image.Resampling.BICUBIC, expand=True).point(
        lambda v: 255 if v > 128 else 0
    )
    here = darkened.crop((0, 0, *drawn.size))
    inside = ImageStat.Stat(here, drawn).mean[0]
    outside = ImageStat.Stat(here, ImageChops.invert(drawn)).mean[0]
    assert inside > 200 > 60 > outside
    other = opened(marked(jpeg(white), mark_text("王建国", 8, AT), font))
    assert ImageChops.difference(seen, other).getbbox() is not None


def test_what_stands_beneath_stays_legible(font: Path) -> None:
    black = opened(marked(jpeg(Image.new("RGB", (600, 600), "black")), mark_text("陈晓梅", 7, AT), font))
    white = opened(marked(jpeg(Image.new("RGB", (600, 600), "white")), mark_text("陈晓梅", 7, AT), font))
    assert black.histogram()[80:] == [0] * 176 and white.histogram()[:170] == [0] * 170


def test_on_tiles_the_text_runs_on_over_the_seams(font: Path) -> None:
    text = mark_text("陈晓梅", 7, AT)
    whole = opened(marked_tile(jpeg(Image.new("L", (512, 512), 255)), text, font, 0, 0))
    piece = opened(marked_tile(jpeg(Image.new("L", (256, 256), 255)), text, font, 256, 256))
    apart = ImageChops.difference(whole.crop((256, 256, 512, 512)), piece)
    assert ImageStat.Stat(apart).mean[0] < 1 and ImageStat.Stat(ImageChops.invert(piece)).mean[0] > 1


@pytest.mark.parametrize("level", list(Level))
def test_pages_above_internal_name_who_looks(house: House, level: Level) -> None:
    chen = house.person("陈", "archivist")
    paper = house.paper(chen, class_code="WS.02", level=level)
    kept = pictured_page(house, 1, "公告")
    is_scanned(house, paper, [kept])
    looking: list[Actor] = [chen]
    app = create_app(house.archive)
    set_actor_loader(app, lambda: looking[0])
    client = app.test_client()
    assert kept.preview is not None
    with house.archive.blobs.open(kept.preview) as file:  # type: ignore[arg-type]  # a digest of the store's own making
        plain = file.read()
    assert kept.thumbnail is not None
    with house.archive.blobs.open(kept.thumbnail) as file:  # type: ignore[arg-type]  # as above
        small = file.read()
    marks = level.rank > Level.INTERNAL.rank
    for address in (f"/documents/{paper}/versions/1/pages/1.jpg", f"/api/v1/documents/{paper}/pages/1"):
        with client.get(address) as answer:
            assert answer.data == (marked_for(house, chen, plain) if marks else plain), address
            if marks:
                assert answer.headers["Cache-Control"] == "private, no-store"
                assert "ETag" not in answer.headers
    # Too small for letters: neither the page's nor a mark's could be read.
    with client.get(f"/documents/{paper}/versions/1/pages/1/thumb") as answer:
        assert answer.data == small
