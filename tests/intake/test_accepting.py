"""What becomes of a file whose bytes are durable."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from archive_service import intake, records
from archive_service.intake import NewVersion, Outcome, OutcomeKind, Purpose
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.levels import Level
from archive_service.records import Description
from tests.support.house import House


def brings(
    house: House, who: Actor, content: bytes, name: str = "扫描.pdf", purpose: Purpose | None = None
) -> Outcome:
    blob = house.archive.blobs.put([content])
    with house.work(who) as work:
        return intake.accept(work, blob, name, purpose or Description())


def undecided(house: House, who: Actor) -> list[intake.UploadRow]:
    with house.archive.reading() as session:
        return intake.undecided(session, who)


def test_a_new_file_becomes_a_document(house: House, chen: Actor) -> None:
    outcome = brings(house, chen, b"plan", "3-1201 竣工图.pdf", Description(unit="3-1201"))
    assert outcome.kind is OutcomeKind.RECEIVED and outcome.document_id is not None
    document = house.document(outcome.document_id)
    assert (document.title, document.unit, document.media_type) == (
        "3-1201 竣工图",
        "3-1201",
        "application/pdf",
    )
    assert document.created_by == chen.user_id


def test_the_same_bytes_again_are_a_question(house: House, chen: Actor) -> None:
    first = brings(house, chen, b"plan")
    second = brings(house, chen, b"plan", "copy.pdf")
    assert second.kind is OutcomeKind.DUPLICATE
    assert [same.document.id for same in second.existing] == [first.document_id]
    [waiting] = undecided(house, chen)
    assert (waiting.id, waiting.file_name) == (second.upload_id, "copy.pdf")


def test_the_same_bytes_asked_about_once_more_are_one_question(house: House, chen: Actor) -> None:
    brings(house, chen, b"plan")
    first = brings(house, chen, b"plan", "copy.pdf", Description(unit="2-301"))
    house.clock.passes(days=3)
    again = brings(house, chen, b"plan", "once more.pdf")
    assert (again.kind, again.upload_id) == (OutcomeKind.DUPLICATE, first.upload_id)
    [waiting] = undecided(house, chen)
    assert (waiting.file_name, waiting.purpose) == ("once more.pdf", Description(unit="2-301"))
    house.clock.passes(days=5)  # eight since the question, five since it was asked again
    assert intake.expire_uploads(house.archive) == 0
    house.clock.passes(days=3)
    assert intake.expire_uploads(house.archive) == 1


def test_an_answered_question_is_asked_anew(house: House, chen: Actor) -> None:
    brings(house, chen, b"plan")
    first = brings(house, chen, b"plan")
    assert first.upload_id is not None
    with house.work(chen) as work:
        intake.drop(work, first.upload_id)
    again = brings(house, chen, b"plan")
    assert again.upload_id != first.upload_id
    assert len(undecided(house, chen)) == 1


def test_everybody_is_asked_for_themselves(house: House, chen: Actor) -> None:
    wu = house.person("wu", "archivist")
    brings(house, chen, b"plan")
    assert brings(house, chen, b"plan").upload_id != brings(house, wu, b"plan").upload_id
    assert len(undecided(house, chen)) == len(undecided(house, wu)) == 1


def test_what_is_said_last_of_a_copy_holds(house: House, chen: Actor) -> None:
    brings(house, chen, b"plan")
    brings(house, chen, b"plan", purpose=Description(unit="2-301"))
    brings(house, chen, b"plan", purpose=Description(unit="3-1201", title="竣工图"))
    [waiting] = undecided(house, chen)
    assert waiting.purpose == Description(unit="3-1201", title="竣工图")


def test_bytes_of_an_older_version_are_told_of(house: House, chen: Actor) -> None:
    first = brings(house, chen, b"first text")
    assert first.document_id is not None
    brings(house, chen, b"second text", purpose=NewVersion(first.document_id, "signed"))
    outcome = brings(house, chen, b"first text")
    assert outcome.kind is OutcomeKind.DUPLICATE
    [same] = outcome.existing
    assert (same.document.id, same.version.number, same.version.is_current) == (first.document_id, 1, False)
    assert same.document.version_number == 2


def test_bytes_that_several_versions_had_are_told_of_once(house: House, chen: Actor) -> None:
    first = brings(house, chen, b"first text")
    assert first.document_id is not None
    for text in (b"second text", b"first text", b"third text"):
        brings(house, chen, text, purpose=NewVersion(first.document_id, "again"))
    [same] = brings(house, chen, b"first text").existing
    assert same.version.number == 3


def test_an_older_version_that_is_hidden_or_covered_does_not_answer_for_its_bytes(
    house: House, chen: Actor, li: Actor
) -> None:
    for text, told in (
        (b"covered", Description(class_code="YZ.01")),
        (b"hidden", Description(level=Level.SENSITIVE)),
    ):
        first = brings(house, chen, text, purpose=told)
        assert first.document_id is not None
        brings(house, chen, text + b" renewed", purpose=NewVersion(first.document_id, "renewed"))
        assert brings(house, li, text).kind is OutcomeKind.RECEIVED
        assert brings(house, chen, text).kind is OutcomeKind.DUPLICATE


def test_the_older_version_one_brought_in_oneself_is_told_of_and_no_other(
    house: House, chen: Actor, li: Actor
) -> None:
    first = brings(house, li, b"mine", purpose=Description(class_code="YZ.01"))
    assert first.document_id is not None
    with house.work(chen) as work:
        records.add_version(work, first.document_id, house.blob(b"the archivist's"), "better scan")
    assert brings(house, li, b"mine").kind is OutcomeKind.DUPLICATE
    assert brings(house, li, b"the archivist's").kind is OutcomeKind.RECEIVED


def test_a_wanted_copy_becomes_a_document_once(house: House, chen: Actor) -> None:
    first = brings(house, chen, b"plan")
    asked = brings(house, chen, b"plan", "copy.pdf", Description(unit="2-301"))
    assert asked.upload_id is not None
    ids = set()
    for _ in range(2):
        with house.work(chen) as work:
            ids.add(intake.keep_both(work, asked.upload_id))
    [copy] = ids
    assert copy != first.document_id
    assert (house.document(copy).title, house.document(copy).unit) == ("copy", "2-301")
    assert undecided(house, chen) == []


def test_an_unwanted_copy_leaves_nothing(house: House, chen: Actor) -> None:
    first = brings(house, chen, b"plan")
    asked = brings(house, chen, b"plan")
    assert asked.upload_id is not None
    for _ in range(2):
        with house.work(chen) as work:
            intake.drop(work, asked.upload_id)
    with house.work(chen) as work, pytest.raises(NotFound):
        intake.keep_both(work, asked.upload_id)
    assert undecided(house, chen) == []
    assert first.document_id is not None
    assert house.document(first.document_id).version_number == 1


def test_nobody_decides_about_the_copies_of_others(house: House, chen: Actor, li: Actor) -> None:
    brings(house, chen, b"plan")
    asked = brings(house, chen, b"plan")
    assert asked.upload_id is not None
    for decide in (intake.keep_both, intake.drop):
        with pytest.raises(NotFound), house.work(li) as work:
            decide(work, asked.upload_id)
    assert len(undecided(house, chen)) == 1


def test_a_hidden_document_does_not_answer_for_its_bytes(house: House, chen: Actor, li: Actor) -> None:
    brings(house, chen, b"secret", purpose=Description(level=Level.SENSITIVE))
    assert brings(house, li, b"secret").kind is OutcomeKind.RECEIVED


def test_a_paper_seen_covered_does_not_answer_for_its_bytes_either(
    house: House, chen: Actor, li: Actor
) -> None:
    first = brings(house, chen, b"a scan", purpose=Description(class_code="YZ.01"))
    assert first.document_id is not None
    assert house.document(first.document_id, li).level is Level.PERSONAL
    assert brings(house, li, b"a scan").kind is OutcomeKind.RECEIVED
    assert brings(house, chen, b"a scan").kind is OutcomeKind.DUPLICATE
    with house.archive.reading() as session:
        digest = house.document(first.document_id).digest
        assert first.document_id not in {same.document.id for same in records.same_bytes(session, li, digest)}
        many = records.same_bytes_of_many(session, li, [digest])
        assert first.document_id not in {same.document.id for same in many[digest]}


def test_bytes_that_one_brought_in_oneself_are_told_of_however_little_one_sees_of_them_now(
    house: House, li: Actor
) -> None:
    brings(house, li, b"a scan", purpose=Description(class_code="YZ.01"))
    assert brings(house, li, b"a scan").kind is OutcomeKind.DUPLICATE


def test_an_undecided_copy_keeps_its_bytes(house: House, chen: Actor) -> None:
    brings(house, chen, b"plan")
    asked = brings(house, chen, b"plan")
    digest = undecided(house, chen)[0].digest
    with house.archive.reading() as session:
        assert intake.referenced_digests(session, [digest, "0" * 64]) == {digest}
    assert asked.upload_id is not None
    with house.work(chen) as work:
        intake.drop(work, asked.upload_id)
    with house.archive.reading() as session:
        assert intake.referenced_digests(session, [digest]) == set()


def test_a_new_version_is_never_asked_about(house: House, chen: Actor) -> None:
    brings(house, chen, b"second text")
    first = brings(house, chen, b"first text")
    assert first.document_id is not None
    outcome = brings(house, chen, b"second text", purpose=NewVersion(first.document_id, "signed"))
    assert (outcome.kind, outcome.version_number) == (OutcomeKind.RECEIVED, 2)


def test_a_new_version_tells_of_other_documents_with_its_bytes(house: House, chen: Actor) -> None:
    other = brings(house, chen, b"second text")
    first = brings(house, chen, b"first text")
    assert first.document_id is not None
    outcome = brings(house, chen, b"second text", purpose=NewVersion(first.document_id, "signed"))
    assert [same.document.id for same in outcome.existing] == [other.document_id]
    back = brings(house, chen, b"first text", purpose=NewVersion(first.document_id, "as it was"))
    assert back.existing == ()  # only this document itself had them


def test_a_new_version_does_not_tell_of_what_its_sender_may_not_see(house: House) -> None:
    house.paper(house.person("chen", "archivist"), b"plan", class_code="YZ.02", level=Level.SENSITIVE)
    li = house.person("li", "front_desk")
    own = brings(house, li, b"receipt")
    assert own.document_id is not None
    outcome = brings(house, li, b"plan", purpose=NewVersion(own.document_id, "why not"))
    assert (outcome.kind, outcome.existing) == (OutcomeKind.RECEIVED, ())


def test_a_new_version_says_why(house: House, chen: Actor) -> None:
    first = brings(house, chen, b"first text")
    assert first.document_id is not None
    with pytest.raises(records.NeedsReason):
        brings(house, chen, b"second text", purpose=NewVersion(first.document_id, " "))


def test_an_empty_file_is_refused(house: House, chen: Actor) -> None:
    with pytest.raises(intake.EmptyFile):
        brings(house, chen, b"")


def test_who_may_not_upload_may_not(house: House) -> None:
    with pytest.raises(Forbidden):
        brings(house, house.person("wang", "auditor"), b"plan")


def test_a_cashier_brings_in_fee_papers_only(house: House) -> None:
    cashier = house.person("zhao", "cashier")
    with pytest.raises(Forbidden):
        brings(house, cashier, b"plan", purpose=Description(class_code="WS.01"))
    assert brings(house, cashier, b"receipt").kind is OutcomeKind.RECEIVED


def test_the_service_itself_has_nobody_to_ask(house: House, chen: Actor) -> None:
    first = brings(house, chen, b"plan")
    outcome = brings(house, service_actor("cli"), b"plan")
    assert (outcome.kind, outcome.upload_id) == (OutcomeKind.DUPLICATE, None)
    assert [same.document.id for same in outcome.existing] == [first.document_id]


def test_the_same_bytes_from_many_at_once_are_one_document(house: House, chen: Actor) -> None:
    def bring(_number: int) -> OutcomeKind:
        return brings(house, chen, b"the very same").kind

    with ThreadPoolExecutor(8) as pool:
        kinds = list(pool.map(bring, range(24)))
    assert kinds.count(OutcomeKind.RECEIVED) == 1
    assert len(undecided(house, chen)) == 1
    with house.archive.reading() as session:
        digest = undecided(house, chen)[0].digest
        assert len(records.same_bytes(session, chen, digest, limit=50)) == 1
