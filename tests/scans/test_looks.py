"""Separator sheets and papers that look alike, as found after reading."""

import io
from dataclasses import replace

import pytest
import segno
from PIL import Image
from sqlalchemy import func, select

from archive_service import records, scans
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import DocumentId
from archive_service.records import Description, PageFacts
from archive_service.scans import PageSeen, Print, RequestState
from archive_service.scans.models import LookKey, ScanLook
from archive_service.scans.queries import looks
from archive_service.scans.rules.likeness import (
    MOST_LOOKED_UP,
    MOST_UNDER_A_KEY,
    SURE_OF_A_PLACE,
    keys_of,
    likeness,
    surplus,
)
from archive_service.scans.rules.sheets import payload, token_in
from tests.scans.conftest import Counter, wide_pages
from tests.support.counting import counted
from tests.support.house import House, page_facts
from tests.support.papers import is_scanned
from tests.support.plans import planned
from workers.likeness import number_print, text_print

RECEIPT = (
    "云栖花园物业服务中心收款收据 今收到业主交来装修保证金 人民币大写 收款方式 现金 银行转账 备注 此收据遗失不补 "
    "请妥善保管 凭此收据退款 收款单位盖章 收款人 经手人 交款人签字 客户服务热线 "
)


def receipt(number: int) -> str:
    told = f"编号 {20260000 + number} 房号 {1000 + number % 900} 金额 {3000 + 7 * number}.00"
    return f"{RECEIPT} {told} 电话 1390000{number:04}"


def print_of(text: str, picture: int | None = None) -> Print:
    words, characters = text_print(text)
    numbers, figures = number_print(text)
    return Print(words, numbers, picture, characters, figures)


def looked(house: House, paper: DocumentId, text: str, picture: int | None = None) -> None:
    with house.work() as work:
        row = records.document(work.session, work.actor, paper)
        scans.keep_look(work, row.version_id, print_of(text, picture), {})


def known(house: House, text: str, actor: Actor | None = None, **told: str) -> DocumentId:
    paper = house.paper(actor, pages=[text], **told)
    looked(house, paper, text)
    return paper


def alike(house: House, actor: Actor, paper: DocumentId) -> list[DocumentId]:
    with house.archive.reading() as session:
        found = scans.look_alikes(session, actor, paper, house.clock.now())
    return [one.document.id for one in found]


def jpeg(house: House, picture: Image.Image) -> str:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=70)
    return house.archive.blobs.put([out.getvalue()]).digest


def sheet_page(house: House, number: int, code: str | None) -> PageFacts:
    """A page with a code and little else, or with nothing at all."""
    picture = Image.new("L", (990, 1400), 250)
    if code is not None:
        drawn = io.BytesIO()
        segno.make(code, error="h", micro=False).save(drawn, kind="png", scale=9, border=4)
        picture.paste(Image.open(drawn).convert("L"), (300, 400))
    digest = jpeg(house, picture)
    return replace(
        page_facts(number, "" if code is None else "分隔页"),
        width=990,
        height=1400,
        preview=digest,
        thumbnail=digest,
        masked_preview=digest,
    )


def pile(house: House, actor: Actor, *pages: str | None) -> DocumentId:
    """A scanned pile; a page is a text, a code that begins with "!", or blank."""
    with house.work(actor) as work:
        content = wide_pages(*range(101, 101 + len(pages)))
        paper = records.add_document(work, house.blob(content, "一叠.pdf"), Description(title="一叠"))
    facts = [
        sheet_page(house, number, text[1:] if text else None)
        if text is None or text.startswith("!")
        else page_facts(number, text)
        for number, text in enumerate(pages, 1)
    ]
    is_scanned(house, paper, facts)
    return paper


def test_a_pile_with_separator_sheets_is_split_by_one_click(
    house: House, counter: Counter, chen: Actor
) -> None:
    with house.work(chen) as work:
        classed = scans.separator_sheet(work, class_code="ZX.02")
        plain = scans.separator_sheet(work)
        assert scans.separator_sheet(work, class_code="ZX.02") == classed
    paper = pile(
        house,
        chen,
        "!" + payload(classed.token),
        None,
        "装修申请",
        "第二页",
        "!" + payload(plain.token),
        "收据",
        None,
    )
    counter.works()
    with house.archive.reading() as session:
        row = records.document(session, chen, paper)
        proposal = scans.proposals(session, [row])[paper]
        assert scans.blank_pages(session, [row.version_id]) == {(row.version_id, 2), (row.version_id, 7)}
    assert [[leaf.page for leaf in part.leaves] for part in proposal.parts] == [[3, 4], [6]]
    assert [part.class_code for part in proposal.parts] == ["ZX.02", ""]
    with house.work(chen) as work:
        request = scans.take_proposal(work, paper, 1)
    counter.works()
    with house.archive.reading() as session:
        done = scans.request_unchecked(session, request)
    assert done.state is RequestState.DONE
    assert [counter.widths(DocumentId(one)) for one in done.results] == [[103, 104], [106]]
    assert house.document(DocumentId(done.results[0])).class_code == "ZX.02"


def test_codes_from_elsewhere_do_nothing(house: House, counter: Counter, chen: Actor) -> None:
    codes = (
        "https://example.org/pay",
        payload("A" * 16),
        "'; DROP TABLE document;--",
        payload("A" * 16) + "\n",
    )
    paper = pile(house, chen, *("!" + code for code in codes), "通知")
    counter.works()
    with house.archive.reading() as session:
        assert scans.proposals(session, [records.document(session, chen, paper)]) == {}
    with pytest.raises(NotFound), house.work(chen) as work:
        scans.take_proposal(work, paper, 1)


def test_who_keeps_a_pile_whole_is_not_asked_again(house: House, counter: Counter, chen: Actor) -> None:
    with house.work(chen) as work:
        sheet = scans.separator_sheet(work)
    paper = pile(house, chen, "一", "!" + payload(sheet.token), "二")
    counter.works()
    with house.work(chen) as work:
        scans.decline_proposal(work, paper)
    with house.work() as work:
        row = records.document(work.session, work.actor, paper)
        scans.keep_look(
            work, row.version_id, print_of("一 二"), {2: PageSeen(False, (payload(sheet.token),))}
        )
    with house.archive.reading() as session:
        assert scans.proposals(session, [records.document(session, chen, paper)]) == {}


def test_a_token_says_nothing_and_only_whole_ones_count() -> None:
    token = "ABCDEFGHIJ234567"
    assert token_in(payload(token)) == token
    for text in (
        "",
        payload(token) + "X",
        payload(token).lower(),
        "WYFG1:",
        "x" * 10_000,
        payload("A" * 15 + "1"),
    ):
        assert token_in(text) is None


def test_a_second_scan_of_the_same_receipt_is_found_and_others_are_not(house: House, chen: Actor) -> None:
    first = known(house, receipt(1), chen)
    others = [known(house, receipt(number), chen) for number in range(2, 12)]
    again = known(house, receipt(1).replace("凭此", "凭比"), chen)  # read a little differently
    assert alike(house, chen, again) == [first]
    assert alike(house, chen, first) == [again]
    assert alike(house, chen, others[0]) == []


def test_a_mass_of_equal_forms_fills_no_list_and_costs_no_more(house: House, chen: Actor) -> None:
    """Eighty stand here for ten thousand: under no key stand more papers than may."""
    for number in range(80):
        known(house, receipt(number))
    again = known(house, receipt(75), chen)
    assert len(alike(house, chen, again)) == 1
    assert most_under_a_key(house) <= MOST_UNDER_A_KEY


def test_pictures_without_words_are_known_by_how_they_look(house: House, chen: Actor) -> None:
    papers = [house.paper(chen, pages=[""]) for _ in range(3)]
    for paper, picture in zip(
        papers, (0x1234_5678_9ABC_DEF0, 0x1234_5678_9ABC_DEF3, 0xF0F0_1111_0F0F_8888), strict=True
    ):
        looked(house, paper, "", picture)
    assert alike(house, chen, papers[0]) == [papers[1]]
    assert alike(house, chen, papers[2]) == []


def test_an_old_version_looks_like_nothing_any_more(house: House, chen: Actor) -> None:
    one, other = known(house, receipt(5), chen), known(house, receipt(5), chen)
    assert alike(house, chen, one) == [other]
    with house.work(chen) as work:
        records.add_version(work, other, house.blob(b"new"), "重扫")
    assert alike(house, chen, one) == []


def test_what_is_hidden_changes_nothing_not_even_a_count(house: House, chen: Actor, lin: Actor) -> None:
    own = known(house, receipt(7), lin)
    before = alike(house, lin, own)
    known(house, receipt(7), chen)
    # Seen by her with its numbers covered: to be told of it would uncover them.
    known(house, receipt(7), chen, class_code="YZ.01")
    assert alike(house, lin, own) == before == []
    assert len(alike(house, chen, own)) == 2
    theirs = known(house, receipt(7), chen, class_code="YZ.01")
    assert alike(house, lin, theirs) == []


def test_a_mass_of_hidden_papers_crowds_no_visible_one_out(house: House, lin: Actor) -> None:
    for _ in range(MOST_UNDER_A_KEY + 6):
        known(house, receipt(7), class_code="KF.02.Z")
    one, other = (known(house, receipt(7), lin, class_code="WS.02") for _ in range(2))
    assert alike(house, lin, one) == [other]
    assert alike(house, lin, other) == [one]


def most_under_a_key(house: House) -> int:
    with house.archive.reading() as session:
        return max(session.scalars(select(func.count()).select_from(LookKey).group_by(LookKey.key)))


def classed(house: House, paper: DocumentId, code: str) -> None:
    with house.work() as work:
        records.describe(work, paper, Description(title="收据", class_code=code), revision=1)


def test_papers_classed_after_the_look_fill_no_key_and_crowd_nobody_out(house: House, lin: Actor) -> None:
    """Uploads come without a class: each is looked at before it has the audience that it is counted with later."""
    early = known(house, receipt(7), lin, class_code="WS.02")
    for number in range(2 * MOST_UNDER_A_KEY + 6):
        classed(house, known(house, receipt(7)), "YZ.01" if number % 2 else "KF.02.Z")
    assert most_under_a_key(house) == MOST_UNDER_A_KEY
    late = known(house, receipt(7), lin, class_code="WS.02")
    assert most_under_a_key(house) == MOST_UNDER_A_KEY
    assert late in alike(house, lin, early) and early in alike(house, lin, late)


def test_what_stands_under_a_key_already_is_brought_down_and_read_in_part(house: House, chen: Actor) -> None:
    paper = known(house, receipt(7), chen)
    with house.work() as work:
        look = work.session.get_one(ScanLook, house.document(paper).version_id)
        for _ in range(MOST_LOOKED_UP + 9):
            other = records.add_document(work, house.blob(b"x"), Description(title="收据"))
            row = records.document(work.session, work.actor, other)
            work.session.add(
                ScanLook(
                    version_id=row.version_id,
                    document_id=other,
                    looked_at=work.now,
                    text_print=look.text_print,
                    number_print=look.number_print,
                    characters=look.characters,
                    figures=look.figures,
                    proposal="none",
                )
            )
            work.session.flush()
            keys = keys_of(looks.print_of(look))
            work.session.add_all(LookKey(key=key, version_id=row.version_id) for key in keys)
    with house.archive.reading() as session:
        newest = looks.newest_under(keys)
        read = session.scalars(select(func.count()).select_from(newest).group_by(newest.c.key)).all()
        assert set(read) == {MOST_LOOKED_UP}
    known(house, receipt(7), chen)
    known(house, receipt(7), chen)
    assert most_under_a_key(house) == MOST_UNDER_A_KEY


def test_places_under_a_key_are_shared_evenly() -> None:
    assert surplus(dict.fromkeys(range(MOST_UNDER_A_KEY), "one")) == set()
    assert surplus(dict.fromkeys(range(MOST_UNDER_A_KEY + 3), "one")) == {0, 1, 2}, "the oldest go"
    mass = dict.fromkeys(range(100, 400), "mass")
    few = dict.fromkeys(range(5), "few")
    kept = (mass | few).keys() - surplus(mass | few)
    assert set(few) <= kept and len(kept) == MOST_UNDER_A_KEY
    many = {n: n % 60 for n in range(600)}
    kept = many.keys() - surplus(many)
    assert kept == set(range(600 - 60 * SURE_OF_A_PLACE, 600)), "with many audiences each is sure of a few"
    assert len(range(600)) - len(surplus(dict.fromkeys(range(600), 0) | {n: n for n in range(500)})) == (
        MOST_LOOKED_UP
    )
    assert surplus({1: None, 2: "one"}) == {1}, "nobody sees it any more"


def test_what_is_read_of_a_key_is_read_along_the_index(on_sqlite: Archive) -> None:
    with planned(on_sqlite.sessions.engine) as plans, on_sqlite.reading() as session:
        looks.crowded_keys(session, [1, 2, 3])
    assert "SEARCH look_key USING PRIMARY KEY (key=? AND version_id>?)" in plans
    assert not [step for step in plans if step.startswith(("SCAN look_key", "SCAN scan_look"))]


def test_the_same_statements_for_one_and_for_many(house: House, chen: Actor) -> None:
    counts = []
    for copies in (1, 12):
        paper = known(house, receipt(copies), chen)
        for _ in range(copies):
            known(house, receipt(copies), chen)
        with counted(house.archive.sessions.engine) as sent:
            alike(house, chen, paper)
        counts.append(sent.count)
    assert counts[0] == counts[1] <= 6


def test_prints_that_are_alike_share_a_key() -> None:
    one, other = print_of(receipt(1)), print_of(receipt(1)[:-8])
    assert likeness(one, other) is not None
    assert set(keys_of(one)) & set(keys_of(other))
    assert likeness(one, print_of("关于小区停水的通知")) is None
    for at in range(0, 64, 7):
        flipped = replace(one, picture=1 << at | 1 << 63 | 1)
        assert set(keys_of(replace(one, picture=1))) & set(keys_of(flipped))


def test_papers_that_were_read_before_are_looked_at_at_night(
    house: House, counter: Counter, chen: Actor
) -> None:
    from archive_service.jobs import JobName
    from workers.job_runs import run_job

    one, other = (house.paper(chen, pages=[receipt(9)]) for _ in range(2))
    assert alike(house, chen, one) == []
    assert run_job(counter.worker.tools, JobName.LOOK_ALIKES)
    assert alike(house, chen, one) == [other]
    with house.archive.reading() as session:
        versions = [house.document(paper).version_id for paper in (one, other)]
        assert scans.looked_at(session, versions) == set(versions)
