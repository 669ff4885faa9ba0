"""What the pages about approvals share."""

from typing import Any, Final

from flask import Blueprint

from archive_service.approvals.rules import LONGEST_COMMENT, LONGEST_REASON, STATE_NAMES, RequestState
from archive_service.approvals.web.kinds import case_name, fact_name, kind_name
from archive_service.kernel.masking import mask
from archive_service.people import ROLE_NAMES

blueprint = Blueprint("approvals", __name__, template_folder="../templates")

PAGE_SIZE: Final = 20
LARGEST_ID: Final = 2**31 - 1

STATE_LOOKS: Final = {
    RequestState.WAITING: ("blue", "hourglass"),
    RequestState.APPROVED: ("green", "circle-check"),
    RequestState.REFUSED: ("red", "circle-x"),
    RequestState.WITHDRAWN: ("secondary", "arrow-back-up"),
    RequestState.LAPSED: ("secondary", "clock"),
    RequestState.VOID: ("orange", "alert-triangle"),
}


def words() -> dict[str, Any]:
    return {
        "state_names": STATE_NAMES,
        "state_looks": STATE_LOOKS,
        "role_names": ROLE_NAMES,
        "kind_name": kind_name,
        "case_name": case_name,
        "fact_name": fact_name,
        "mask": mask,
        "most_comment": LONGEST_COMMENT,
        "most_reason": LONGEST_REASON,
    }
