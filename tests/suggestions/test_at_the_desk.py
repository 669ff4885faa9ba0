"""Who files at the desk says, without doing anything for it, how good the proposals were."""

from archive_service import premises, suggestions
from archive_service.kernel.actor import Actor
from archive_service.suggestions import Field
from tests.suggestions.conftest import Thinker
from tests.support.filing_desk import form_of
from tests.support.house import House
from tests.support.pages import Desk, text_of

NOTICE = (
    "关于停水的通知\n物业通〔2026〕18号\n各位业主:因检修管道,停水一天。\n云栖花园客户服务中心\n2026年3月8日"
)


def test_what_was_proposed_and_what_was_filed_is_counted(
    house: House, thinker: Thinker, chen: Actor, desk: Desk
) -> None:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    paper = house.paper(pages=[NOTICE], title="扫描件", class_code="WS.02")
    thinker.thinks(paper)
    page = desk.sits(chen)
    form = form_of(page.get(f"/inbox/desk/{paper}").text)
    answer = page.post(
        f"/inbox/desk/{paper}", data={**form, "act": "file", "doc_number": "物业通〔2026〕81号"}
    )
    assert answer.status_code == 303, text_of(answer.text)
    with house.archive.reading() as session:
        rates = {rate.field: rate for rate in suggestions.hit_rates(session)}
    assert rates[Field.DOC_DATE].share == 1.0
    assert (rates[Field.DOC_NUMBER].first, rates[Field.DOC_NUMBER].missed) == (0, 1)
    words = text_of(desk.sits(house.person("管理", "it_admin")).get("/system/suggestions").text)
    assert "文号/编号 1 0.0 %" in words
