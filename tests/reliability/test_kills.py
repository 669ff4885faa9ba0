from pathlib import Path

from tests.trials import kills


def test_thirty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    outcome = kills.trial(tmp_path / "data", rounds=30)
    assert outcome.acknowledged > 30
    assert outcome.clean, outcome
