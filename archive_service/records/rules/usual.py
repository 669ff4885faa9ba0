"""What a paper of a class usually is, where nobody has said anything yet. Pure."""

from typing import Final

from archive_service.records.rules.numbers import Dept

_DEPTS: Final = {"KJ": Dept.GC, "ZX": Dept.GC, "AQ": Dept.ZX, "KU": Dept.CW, "RS": Dept.BG, "DA": Dept.BG}


def usual_dept(class_code: str) -> Dept:
    """The office such papers come from as a rule. Source: duties.md; the front desk where it names none."""
    return _DEPTS.get(class_code.split(".", maxsplit=1)[0], Dept.KF)
