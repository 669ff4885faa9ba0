import io
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest

import archive_service
from archive_service.kernel.actor import Actor
from archive_service.locations import SHEETS, Code, CodeKind, ItemRef, Label, Sheet, labels_pdf
from archive_service.locations.rules.sheets import BadStart, NoLabels, NotKnownHere
from archive_service.locations.service.drawing import spines_pdf
from archive_service.locations.service.labels import cards_for, labels_for, spines_for
from archive_service.records import Archived
from tests.locations.store import Store, into
from tests.support.bars import bars_on
from tests.support.house import House
from workers.extraction.detect import Pixels
from workers.extraction.looks import codes_on

_DPI = 300
_FINE_DPI = 600  # what office printers print; 300 would not show the finest bars as they are
FONT = (
    Path(archive_service.__file__)
    .parents[1]
    .joinpath("node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf")
)


def rendered(pdf: bytes, dpi: int = _DPI) -> list[Pixels]:
    document = pdfium.PdfDocument(pdf)
    pages = [
        np.asarray(page.render(scale=dpi / 72, grayscale=True).to_numpy()).squeeze() for page in document
    ]
    document.close()
    return pages


def on_label(page: Pixels, sheet: Sheet, n: int, dpi: int = _DPI) -> Pixels:
    """The n-th label of a page, from 1."""
    row, column = divmod(n - 1, sheet.columns)
    left = sheet.left + column * (sheet.width + sheet.between_columns)
    top = sheet.top + row * (sheet.height + sheet.between_rows)
    x, y, w, h = (round(one / 25.4 * dpi) for one in (left, top, sheet.width, sheet.height))
    return np.ascontiguousarray(page[y : y + h, x : x + w])


@pytest.mark.parametrize("name", SHEETS)
def test_printed_codes_are_read_back(name: str) -> None:
    sheet = SHEETS[name]
    told = [
        Label("WY01-WS.02.2026-D10-KF-0018", "WY01-WS·02·2026-D10-KF-0018", ("关于电梯年检的通知",)),
        Label("P0004212", "库1-D3-A-02-4", ("东墙第三柜",)),
        Label("WY01-H-ZX.01-2026-003", "WY01-H-ZX.01-2026-003"),
    ]
    start = sheet.count
    pages = rendered(labels_pdf(told, sheet, start=start, font=FONT))
    assert codes_on(on_label(pages[0], sheet, start)) == ("WY01-WS.02.2026-D10-KF-0018",)
    second = pages[1]
    assert codes_on(on_label(second, sheet, 1)) == ("P0004212",)
    third, at = (second, 2) if sheet.count > 1 else (pages[2], 1)
    assert codes_on(on_label(third, sheet, at)) == ("WY01-H-ZX.01-2026-003",)
    if start > 1:
        assert on_label(pages[0], sheet, 1).min() > 250  # labels that were used before stay empty


@pytest.mark.parametrize("name", [name for name, sheet in SHEETS.items() if sheet.height >= 30])
def test_bars_beside_the_square_say_the_same_to_old_scanners(name: str) -> None:
    sheet = SHEETS[name]
    told = [Label("P0004212", "库1-D3-A-02-4"), Label("WY01-H-ZX.01-2026-003", "WY01-H-ZX.01-2026-003")]
    pages = rendered(labels_pdf(told, sheet, font=FONT), _FINE_DPI)
    for n, label in enumerate(told):
        page, at = divmod(n, sheet.count)
        read = bars_on(on_label(pages[page], sheet, at + 1, _FINE_DPI))
        assert read is not None
        code, finest = read
        assert code == label.code
        assert (
            finest / _FINE_DPI * 25.4 >= 0.18
        )  # mm: what a laser printer and a hand scanner still keep apart


def test_chinese_is_embedded_as_a_subset() -> None:
    pdf = labels_pdf([Label("P0004212", "库房", ("档案柜",))], SHEETS["3x8"], font=FONT)
    assert b"/FontFile2" in pdf
    assert len(pdf) < 60_000
    document = pdfium.PdfDocument(io.BytesIO(pdf))
    assert "档案柜" in document[0].get_textpage().get_text_bounded()
    document.close()


def test_a_sheet_begins_with_the_label_that_is_left(store: Store) -> None:
    label = Label("P0004212", "库1")
    with pytest.raises(BadStart):
        labels_pdf([label], SHEETS["3x8"], start=25)
    with pytest.raises(NoLabels):
        labels_pdf([], SHEETS["3x8"])


def test_labels_are_made_of_scanned_codes(store: Store, chen: Actor, house: House) -> None:
    paper, box = store.paper("巡查记录"), store.box()
    number = store.number(paper)
    with house.archive.reading() as session:
        made = labels_for(session, Archived(), chen, [number, box.box_no, store.shelves[0].path])
        with pytest.raises(NotKnownHere):
            labels_for(session, Archived(), chen, ["WY01-WS.02.2026-D10-KF-9999"])
    assert [label.code for label in made] == [
        number.replace("·", "."),
        box.box_no,
        store.shelves[0].label,
    ]
    assert made[0].lines == ("巡查记录",)


def test_a_card_says_whose_it_is(store: Store, chen: Actor, house: House) -> None:
    with house.archive.reading() as session:
        (card,) = cards_for(session, chen, [chen.user_id or 0], "云栖花园")
    code = Code.parse(card.code)
    assert code is not None
    assert (code.kind, code.number, card.heading) == (CodeKind.PERSON, chen.user_id, "陈")


def test_the_spine_of_a_box_tells_what_is_in_it(store: Store, chen: Actor, house: House) -> None:
    box = store.box("WS.02", width_mm=50)
    for _ in range(3):
        store.puts(store.paper(), into(box))
    words = ["全宗号", "类别号", "年度", "保管期限", "起止件号", "盒号"]
    with house.archive.reading() as session:
        (spine,) = spines_for(session, Archived(), chen, [box.id], words)
    assert dict(spine.rows) == {
        "全宗号": "WY01",
        "类别号": "WS.02",
        "年度": "2026",
        "保管期限": "D10",
        "起止件号": "0001\n0003",
        "盒号": "001",
    }
    (page,) = rendered(spines_pdf([spine], font=FONT))
    assert codes_on(page) == (box.box_no,)
    assert store.where(ItemRef(box_id=box.id)) is None
