"""The e-mail address of one's own account: where reminders may go to, and nobody else's to change."""

import pytest

from archive_service import people
from archive_service.bootstrap import Archive
from archive_service.kernel.errors import Forbidden
from archive_service.kernel.ids import UserId
from archive_service.people import Role
from archive_service.people.service import set_email
from tests.people.visitor import Visitor, actor, add_person


def _address(archive: Archive, user_id: UserId) -> str | None:
    with archive.reading() as session:
        found = people.mail_address(session, user_id)
    return found[0] if found else None


def test_it_is_written_on_the_account_page_and_taken_away_again(archive: Archive, visitor: Visitor) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    told = {"email": " chen@example.cn ", "submit": "1", "csrf_token": visitor.token("/account")}
    assert visitor.client.post("/account/email", data=told).status_code == 303
    assert _address(archive, chen) == "chen@example.cn"
    assert 'value="chen@example.cn"' in visitor.client.get("/account").text
    assert visitor.client.post("/account/email", data={**told, "email": ""}).status_code == 303
    assert _address(archive, chen) is None


@pytest.mark.parametrize(
    "typed", ["chen", "chen@example", "陈@example.cn", "a@example.cn\r\nBcc: b@example.cn"]
)
def test_what_is_no_address_is_told_beside_the_field(archive: Archive, visitor: Visitor, typed: str) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    told = {"email": typed, "submit": "1", "csrf_token": visitor.token("/account")}
    refused = visitor.client.post("/account/email", data=told)
    assert refused.status_code == 422 and "不是有效的邮箱地址" in refused.text
    assert _address(archive, chen) is None


def test_nobody_sets_that_of_somebody_else(archive: Archive) -> None:
    chen, lin = add_person(archive, "chen", Role.FRONT_DESK), add_person(archive, "lin", Role.FRONT_DESK)
    with pytest.raises(Forbidden), archive.unit_of_work(actor(archive, lin)) as work:
        set_email(work, chen, "lin@example.cn")


def test_who_has_left_gets_no_mail(archive: Archive) -> None:
    chen, admin = add_person(archive, "chen", Role.FRONT_DESK), add_person(archive, "an", Role.IT_ADMIN)
    with archive.unit_of_work(actor(archive, chen)) as work:
        set_email(work, chen, "chen@example.cn")
    with archive.unit_of_work(actor(archive, admin)) as work:
        people.disable(work, chen)
    assert _address(archive, chen) is None
