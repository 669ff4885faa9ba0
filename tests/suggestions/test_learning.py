"""The archive learns from what was filed: what new papers are, and how far it may be trusted in that."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from archive_service import suggestions
from archive_service.kernel.actor import Actor
from archive_service.suggestions import Field, Source
from archive_service.suggestions.cli import suggestions as command
from archive_service.suggestions.models import SuggestionModel
from archive_service.suggestions.rules.fitting import TooFewPapers, folds_of, learn
from archive_service.suggestions.rules.trained import FEATURES, NoModel, Weights, from_bytes, to_bytes
from archive_service.suggestions.service.training import _keep
from storage import parse_digest
from tests.suggestions.conftest import Thinker
from tests.support.house import House
from tests.support.pages import Desk, text_of

TEA = "茶馆经营札记：今日龙井三两、普红一饼，客人二十位，水温合适，茶点售罄，账目另记。"
SEA = "渔船出海日志：东南风四级，起网两回，鲳鱼带鱼满舱，傍晚靠港，渔具修补完毕。"


def learnt(house: House, thinker: Thinker, of_each: int = 30) -> suggestions.Trained:
    """A house whose people file tea under attendance and fish under references: no rule could know that."""
    for code, words in (("RS.01", TEA), ("WS.08", SEA)):
        for n in range(of_each):
            thinker.files(house.paper(class_code=code, pages=[f"{words}第{n}号，手机1391234{n:04}。"]))
    return suggestions.train(house.archive)


def test_what_people_file_is_proposed_for_the_next_paper(
    house: House, thinker: Thinker, chen: Actor, desk: Desk
) -> None:
    trained = learnt(house, thinker)
    assert (trained.version is not None, trained.papers, trained.active) == (True, 60, True)
    assert trained.accuracy == 1.0
    paper = house.paper(title="IMG_1", pages=[f"{TEA}今天又是好日子。"])
    thinker.thinks(paper)
    proposal = thinker.shows(paper, chen)
    assert proposal is not None and proposal.model_version == trained.version
    first = proposal.first(Field.CLASS_CODE)
    assert first is not None and (first.value, first.source) == ("RS.01", Source.MODEL)
    _its_page_and_command_tell_how_good_it_is(house, desk)
    _its_weights_are_kept_and_tell_of_nobody(house)


def _its_page_and_command_tell_how_good_it_is(house: House, desk: Desk) -> None:
    words = text_of(desk.sits(house.person("馆长", "archive_head")).get("/system/suggestions").text)
    for shown in ("首选分类正确", "100.0 %", "RS.01 考勤登记", "WS.08 行业资讯与参考资料", "使用中"):
        assert shown in words
    # How many papers of a class are filed is told to nobody who doesn't see them; and no word of any paper at all.
    words = text_of(_page(house, desk).get("/system/suggestions").text)
    assert "100.0 %" in words and "RS.01" not in words and "另有 2 个类目" in words
    assert "茶" not in words and "渔" not in words
    told = json.loads(CliRunner().invoke(command, ["show", "--json"], obj=house.archive).output)
    assert told["models"][0]["accuracy"] == 1.0
    assert {c["code"] for c in told["models"][0]["classes"]} == {"RS.01", "WS.08"}
    plain = CliRunner().invoke(command, ["show", "--classes"], obj=house.archive).output
    assert "right first 100.0%" in plain and "WS.08" in plain


def _page(house: House, desk: Desk) -> FlaskClient:
    return desk.sits(house.person("管理", "it_admin"))


def _its_weights_are_kept_and_tell_of_nobody(house: House) -> None:
    with house.archive.reading() as session:
        digest = str(session.execute(text("SELECT digest FROM suggestion_model")).scalar())
        assert suggestions.referenced_digests(session, [digest, "0" * 64]) == {digest}
    with house.archive.blobs.open(parse_digest(digest)) as stream:
        raw = stream.read()
    weights = from_bytes(raw)
    assert weights.classes == ("RS.01", "WS.08") and weights.matrix.shape == (2, FEATURES)
    assert b"1391234" not in raw
    assert not list((house.archive.settings.data_dir / "tmp").iterdir()), "nothing gathered stays behind"


def test_a_model_that_is_worse_than_the_one_in_use_is_not_taken(
    house: House, thinker: Thinker, desk: Desk
) -> None:
    first = learnt(house, thinker)
    second = suggestions.train(house.archive)
    assert second.active and second.version != first.version  # as good, and knows the newest papers
    with house.work() as work:
        model = work.session.scalars(select(SuggestionModel).where(SuggestionModel.is_active)).one()
        # The one in use was examined with the very papers that the new one was examined with.
        assert model.scores["active_right"] == model.scores["right"] == model.held_back
        scores = {**model.scores, "right": model.held_back - 1, "active_right": model.held_back}
        worse = _keep(work, model.digest, model.size, scores, 1.0)
        assert not worse.is_active and model.is_active
    client = _page(house, desk)
    words = text_of(client.get("/system/suggestions").text)
    assert "未采用" in words and f"模型 {second.version} 在同一批文件上判对更多：100.0 %" in words
    plain = CliRunner().invoke(command, ["show"], obj=house.archive).output
    assert f"not taken: model {second.version} is right first in 100.0% of the same papers" in plain
    with house.work() as work:
        poor = {**scores, "right": scores["commonest_right"], "active_right": None}
        assert not _keep(work, "0" * 64, 1, poor, 1.0).is_active
    assert "不比总是给出最常见的类目更准" in text_of(client.get("/system/suggestions").text)


def test_a_model_in_use_that_cant_be_read_is_no_rival(house: House, thinker: Thinker) -> None:
    learnt(house, thinker)
    with house.work() as work:
        work.session.execute(update(SuggestionModel).values(digest=house.archive.blobs.put([b"x"]).digest))
    assert suggestions.train(house.archive).active


def test_too_few_papers_teach_nothing(house: House, thinker: Thinker, desk: Desk) -> None:
    trained = learnt(house, thinker, of_each=3)
    assert (trained.version, trained.papers) == (None, 6)
    assert suggestions.active_model(house.archive) is None
    words = text_of(_page(house, desk).get("/system/suggestions").text)
    assert "尚无模型" in words
    assert "Nothing has been learnt yet" in CliRunner().invoke(command, ["show"], obj=house.archive).output


def test_of_forms_it_never_saw_a_model_says_little(house: House, thinker: Thinker, chen: Actor) -> None:
    learnt(house, thinker)
    paper = house.paper(
        title="IMG_2", pages=["物业费催缴函 CJ-2026-0033\n房号11栋0201，业主魏设定。欠缴物业服务费。"]
    )
    thinker.thinks(paper)
    proposal = thinker.shows(paper, chen)
    assert proposal is not None
    first = proposal.first(Field.CLASS_CODE)
    assert first is not None and (first.value, first.source) == ("KF.05", Source.RULE)


def test_papers_read_before_there_were_marks_get_theirs(house: House, thinker: Thinker) -> None:
    thinker.files(house.paper(class_code="RS.01", pages=[TEA]))
    assert suggestions.mark_old_papers(house.archive) == 1
    assert suggestions.mark_old_papers(house.archive) == 0


def test_whoever_put_something_else_in_a_model_s_place_runs_nothing() -> None:
    weights = Weights(
        ("A", "B"),
        np.zeros((2, FEATURES), np.float32),
        np.zeros(2, np.float32),
        np.ones(FEATURES, np.float32),
        1.0,
    )
    assert from_bytes(to_bytes(weights)).classes == ("A", "B")
    pickled = io.BytesIO()
    np.savez(pickled, format=np.array([1, FEATURES]), classes=np.array([object()], dtype=object))
    for raw in (pickled.getvalue(), b"", b"PK\x03\x04", to_bytes(weights)[:-40]):
        with pytest.raises(NoModel):
            from_bytes(raw)


def test_a_form_is_held_back_whole() -> None:
    forms = [24] * 5 + [25] * 5 + [5] * 50
    folds = folds_of(["A"] * 60, list(range(60)), forms)
    assert (set(folds[:5]), set(folds[5:10]), set(folds[10:])) == ({0}, {2}, set(range(10)))


def test_the_only_form_of_a_class_is_learnt_from_all_the_same() -> None:
    assert set(folds_of(["A"] * 50, list(range(50)), [24] * 50)) == set(range(10))


def test_a_folder_with_next_to_nothing_is_refused(tmp_path: Path) -> None:
    told = {
        "classes": ["A", "B"],
        "forms": [1, 2],
        "papers": [5, 6],
        "ruled": [True, False],
        "starts": [0, 1, 2],
    }
    (tmp_path / "papers.json").write_text(json.dumps(told))
    np.array([1, 2], dtype=np.int32).tofile(tmp_path / "columns.bin")
    np.array([1, 1], dtype=np.float32).tofile(tmp_path / "weights.bin")
    with pytest.raises(TooFewPapers):
        learn(tmp_path)
