from pathlib import Path

import pytest

from tests.trials import long_documents
from tests.trials.long_documents import Kind


@pytest.mark.parametrize("kind", list(Kind))
def test_a_long_scan_goes_on_from_the_page_where_its_worker_was_killed(tmp_path: Path, kind: Kind) -> None:
    outcome = long_documents.trial(tmp_path / "data", kind, pages=24)
    assert 12 <= outcome.killed_at < 24
    assert outcome.clean, outcome
