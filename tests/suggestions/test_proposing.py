"""A paper is read, and the inbox knows what it most likely is."""

from archive_service import suggestions
from archive_service.suggestions import Field, Source
from tests.support.house import House

HANDOVER = (
    "云栖花园3栋1201收楼验收单\n\n收楼验收单 编号RH-2026-0012。\n房号：云栖花园3栋1201，业主：张示例。\n"
    "验收日期2026年3月8日。水表底数0012，电表底数0305。\n移交入户钥匙5把，业主签字确认。"
)


def proposed(house: House, document_id, actor=None):  # type: ignore[no-untyped-def]
    row = house.document(document_id)
    with house.work() as work:
        suggestions.propose(work, row.version_id)
    with house.archive.reading() as session:
        return suggestions.of_document(session, actor or work.actor, document_id)


def test_a_handover_sheet_is_known_by_what_stands_on_it(house: House) -> None:
    chen = house.person("chen", "archivist")
    paper = house.paper(title="IMG_20260301", pages=[HANDOVER])
    proposal = proposed(house, paper, chen)
    assert proposal is not None
    first = {field: found for field in Field if (found := proposal.first(field))}
    assert first[Field.CLASS_CODE].value == "YZ.01"
    assert first[Field.CLASS_CODE].shown == "YZ.01 业主入伙档案"
    assert first[Field.CLASS_CODE].source is Source.RULE
    assert first[Field.UNIT].value == "3-1201"
    assert first[Field.OWNER].value == "张示例"
    assert first[Field.DOC_NUMBER].value == "RH-2026-0012"
    assert first[Field.DOC_DATE].value == "2026-03-08"
    assert first[Field.TITLE].value == "云栖花园3栋1201收楼验收单"
    assert [e.words for e in first[Field.DOC_DATE].evidence] == ["2026年3月8日"]
