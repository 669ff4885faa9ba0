"""What a call must bring to be asked: forms that are right, questions without which an address is no address."""

import uuid
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

_TUS: Final = {"Tus-Resumable": "1.0.0"}
_PART: Final = {"headers": {**_TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}}
_BEGINS: Final = {"headers": {**_TUS, "Upload-Length": "3"}}
_SLIP: Final = {"items": ["x"], "purpose": "work", "use": "on_site"}
_WHY: Final = {"reason": "x", "seen": "9.9"}
SENDS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "places_api.add": lambda: {"json": {"kind": "room", "code": "?"}},
    "places_api.change_box": lambda: {"json": {"revision": 9}},
    "places_api.labels": lambda: {"json": {"codes": ["x"]}},
    "places_api.move": lambda: {"json": {"codes": ["x"], "to": "x", "reason": "x"}},
    "places_api.resolve": lambda: {"json": {"resolution": "noted", "result": "unknown"}},
    "places_api.scan": lambda: {"json": {"code": "x"}},
    "places_api.start": lambda: {"json": {"place": "x"}},
    "places_api.step": lambda: {"json": {"step": "counted"}},
    "places_api.where": lambda: {"json": {"codes": ["x"]}},
    "loans_api.cancel": lambda: {"json": {}},
    "loans_api.change": lambda: {"json": {**_SLIP, "revision": 1}},
    "loans_api.change_rule": lambda: {"json": {"reason": "x", "revision": 1}},
    "loans_api.chase": lambda: {"json": {}},
    "loans_api.check": lambda: {"json": {"items": [{"item": 1, "outcome": "whole", "pages": 1}]}},
    "loans_api.issue": lambda: {"json": {"items": []}},
    "loans_api.lose": lambda: {"json": {}},
    "loans_api.new": lambda: {"json": dict(_SLIP)},
    "loans_api.remedy": lambda: {"json": {"step": "note"}},
    "loans_api.renew": lambda: {"json": {"reason": "x"}},
    "loans_api.submit": lambda: {"json": {"undertaking": "1"}},
    "loans_api.take_back": lambda: {"json": {"items": [1]}},
    "loans_api.take_back_renewal": lambda: {"json": {}},
    "access_api.give_reason": lambda: {"json": {"reason": "x"}},
    "api_uploads.append": lambda: dict(_PART),
    "api_uploads.create": lambda: dict(_BEGINS),
    "api_uploads.look": lambda: {"headers": _TUS},
    "api_uploads.terminate": lambda: {"headers": _TUS},
    "checks_api.confirm": lambda: {"json": {"note": "x"}},
    "checks_api.restore": lambda: {"json": {"reason": "x"}},
    "checks_api.say_unmarked": lambda: {"json": {"reason": "x"}},
    "bulk.add_export": lambda: {"data": {"document": str(uuid.UUID(int=7)), "reason": "x"}},
    "bulk.add_import": lambda: {"data": {"file": (BytesIO(b"x"), "a.zip")}},
    "bulk.choose": lambda: {"data": {"everything": "1", "origin": "class", "action": "list"}},
    "bulk_api.add_edit": lambda: {"json": {"documents": [str(uuid.UUID(int=7))], "changes": {"unit": "1"}}},
    "bulk_api.add_export": lambda: {
        "json": {"documents": [str(uuid.UUID(int=7))], "originals": True, "reason": "x"}
    },
    "bulk_api.add_import": lambda: {"data": {"file": (BytesIO(b"x"), "a.zip")}},
    "bulk_api.apply_edit": lambda: {"json": {"reason": "x"}},
    "bulk_api.start_import": lambda: {"json": {}},
    "approvals_api.comment": lambda: {"json": {"body": "x"}},
    "approvals_api.decide": lambda: {"json": {"approve": True, "revision": 1}},
    "approvals_api.withdraw": lambda: {"json": {}},
    "account.email": lambda: {"data": {"email": "somebody@example.cn"}},
    "notices.read_all": lambda: {"data": {"up_to": "1"}},
    "notices_api.read_all": lambda: {"json": {"up_to": 1}},
    "working_days_api.change_day": lambda: {
        "json": {"day": "2026-09-08", "working": False, "name": "x", "reason": "x", "seen": 1}
    },
    "working_days_api.enter_year": lambda: {"json": {"days": [], "source": "x", "seen": 1}},
    "classification_api.add": lambda: {
        "json": {"code": "WS", "name_zh": "x", "name_en": "x", "level": "PUBLIC", "on_exit": "retain", **_WHY}
    },
    "classification_api.bring_in": lambda: {"data": {"file": (BytesIO(b"x"), "a.yaml"), **_WHY}},
    "classification_api.change": lambda: {"json": {"name_zh": "x", **_WHY}},
    "classification_api.closing": lambda: {"json": dict(_WHY)},
    "classification_api.opening": lambda: {"json": dict(_WHY)},
    "checklists.stage": lambda: {"data": {"stage": "x", "seen": ""}},
    "checklists_api.close_list": lambda: {"json": {"reason": "x"}},
    "checklists_api.close_task": lambda: {"json": {"archival_no": "x"}},
    "checklists_api.enter_stage": lambda: {"json": {"stage": "x", "seen": ""}},
    "checklists_api.open_list": lambda: {"json": {"checklist": "CL-TG", "case_name": "x"}},
    "checklists_api.reopen_list": lambda: {"json": {"reason": "x"}},
    "checklists_api.settle": lambda: {"json": {"kind": "not_applicable", "reason": "x"}},
    "checklists_api.take_back": lambda: {"json": {"reason": "x"}},
    "checklists_api.tell_facts": lambda: {"json": {"facts": {}}},
    "documents_api.describe": lambda: {"json": {"revision": 1, "title": "x"}},
    "filing_api.add": lambda: {"json": {"revision": 1}},
    "case_files_api.change_file": lambda: {"json": {"revision": 1}},
    "case_files_api.close_file": lambda: {"json": {"revision": 1}},
    "filing_api.correct": lambda: {"json": {"revision": 1, "reason": "x"}},
    "case_files_api.open_file": lambda: {"json": {"class_code": "ZX.01", "title": "x"}},
    "case_files_api.reopen_file": lambda: {"json": {"revision": 1, "reason": "x"}},
    "intake.new_version": lambda: {"data": {"file": (BytesIO(b"new"), "a.pdf"), "reason": "x"}},
    "intake.receive_files": lambda: {"data": {"file": (BytesIO(b"new"), "a.pdf")}},
    "intake_api.add_document": lambda: {"data": {"file": (BytesIO(b"new"), "a.pdf")}},
    "intake_api.add_version": lambda: {"data": {"file": (BytesIO(b"new"), "a.pdf"), "reason": "x"}},
    "roles.decide": lambda: {"data": {"answer": "approve"}},
    "people.grant": lambda: {"data": {"role": "cashier"}},
    "people.new": lambda: {"data": {"name": "newcomer", "display_name": "x", "role": "cashier"}},
    "premises_api.add_building": lambda: {"json": {"name": "3"}},
    "premises_api.add_project": lambda: {"json": {"number": "WY01", "name_zh": "x"}},
    "premises_api.add_unit": lambda: {"json": {"building_id": 1, "room": "1201"}},
    "premises_api.change_unit": lambda: {"json": {"revision": 1, "reason": "x"}},
    "premises_api.import_units": lambda: {"data": {"file": (BytesIO(b"a,b"), "a.csv"), "dry_run": "true"}},
    "premises_api.import_holders": lambda: {"data": {"file": (BytesIO(b"a,b"), "a.csv"), "dry_run": "true"}},
    "premises_api.change_building": lambda: {"json": {"revision": 1, "reason": "x"}},
    "transferring_api.transfer": lambda: {
        "json": {
            "day": "2026-05-15",
            "document_id": str(uuid.UUID(int=7)),
            "reason": "x",
            "owners": [{"name": "x"}],
        }
    },
    "records.describe": lambda: {"data": {"revision": "1", "title": "x"}},
    "scans_api.make": lambda: {
        "json": {
            "sources": [{"document": str(uuid.UUID(int=7)), "version": 1}],
            "parts": [{"pages": "1"}, {"pages": "2"}],
        }
    },
    "standing_api.ask_level": lambda: {"json": {"level": "INTERNAL", "reason": "x"}},
    "standing_api.move": lambda: {"json": {"class_code": "WS.02", "revision": 1, "reason": "x"}},
    "relating_api.relate": lambda: {"json": {"kind": "see_also", "other": "x"}},
    "relating_api.relate_files": lambda: {"json": {"kind": "see_also", "other": "x"}},
    "standing_api.withdraw": lambda: {"json": {"revision": 1, "reason": "x"}},
    "reviewing_api.break_lock": lambda: {"json": {"reason": "x"}},
    "reviewing_api.send_back": lambda: {"json": {"revision": 1, "reason": "bad_scan"}},
    "reviewing_api.submit": lambda: {"json": {"revision": 1}},
    "setup.by_link": lambda: {"data": {"name": "x", "display_name": "x", "password": "x" * 20}},
    "uploads.append": lambda: dict(_PART),
    "uploads.create": lambda: dict(_BEGINS),
    "uploads.look": lambda: {"headers": _TUS},
    "uploads.terminate": lambda: {"headers": _TUS},
}
"""Something whose form is right, so that nothing but a missing right can be in its way."""
ASKS: Final = {"granting_api.listing": {"user": "1"}, "working_days_api.counted": {"day": "2026-10-01"}}
"""Questions that an address can't do without."""
