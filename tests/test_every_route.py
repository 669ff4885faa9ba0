"""Every address of the service × everybody who may ask for it.

The table below is written by hand from the tables of rights; the addresses come from the service itself, so that
a new one must be thought about here before the tests pass.
"""

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from archive_service import jobs, people
from archive_service.app import create_app
from archive_service.bootstrap import Archive, open_archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.ids import UserId
from archive_service.kernel.levels import Level
from archive_service.people import Role, Scope
from archive_service.settings import Settings
from tests.people.visitor import Visitor, actor, add_person, form_token
from tests.support.clock import MovableClock
from tests.support.house import House

ROLES: Final = frozenset(role.value for role in Role)
READERS: Final = ROLES - {"it_admin"}
CLERKS: Final = frozenset({"front_desk", "archivist", "cashier", "finance", "engineering"})
FROM_INTERNAL: Final = READERS
"""Who looks at the pages of an internal paper; front desk and the like may not take it away."""
TAKES_INTERNAL: Final = frozenset({"archivist", "sc_manager", "archive_head", "company_leader"})
SEES_STATE: Final = frozenset({"archivist", "sc_manager", "archive_head", "it_admin"})
SEES_PEOPLE: Final = frozenset({"sc_manager", "company_leader", "it_admin", "auditor"})
ADMIN: Final = frozenset({"it_admin"})
HEAD: Final = frozenset({"archive_head"})
FILERS: Final = frozenset({"archivist", "finance"})
"""Who files, finance in its own classes only."""
ARCHIVIST: Final = frozenset({"archivist"})
CHANGERS: Final = frozenset({"front_desk", "archivist"})
"""Who may bring new content for the paper here, which has a class, or describe it."""
DESCRIBERS: Final = CLERKS - {"front_desk"}
MANAGER: Final = frozenset({"sc_manager"})
EXPORTERS: Final = frozenset({"archivist", "finance"})
"""Who asks for originals in bulk, finance in its own classes only; a manager decides."""
LISTERS: Final = EXPORTERS | {"sc_manager", "archive_head", "company_leader"}
"""Who takes the whole of a list along, finance in its own classes only; what one page shows, whoever reads."""
KEEPERS: Final = frozenset({"archivist", "archive_head"})
"""Who keeps the register of units."""
SEES_PARTIES: Final = frozenset(
    {"front_desk", "archivist", "sc_manager", "archive_head", "company_leader", "auditor"}
)
KEEPS_LISTS: Final = frozenset({"front_desk", "archivist", "finance", "engineering"})
LIST_PEOPLE: Final = KEEPS_LISTS | {"sc_manager", "archive_head"}
"""Who keeps checklists, with those who oversee them."""
CLOSES_LISTS: Final = frozenset({"archivist", "sc_manager", "archive_head"})
"""Whether a list is complete is told only to who sees all of its papers."""
NOBODY: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Expected:
    """``roles``: who gets in. ``strangers``: whether one need not sign in. ``paper``: it shows a document,
    whose existence is hidden from those who may not see it.
    """

    roles: frozenset[str] = ROLES
    strangers: bool = False
    paper: bool = False


OPEN: Final = Expected(strangers=True)
SIGNED_IN: Final = Expected()
SOMEBODY_ELSES: Final = Expected(NOBODY)
CLOSED: Final = Expected(NOBODY)
LOOKS: Final = Expected(FROM_INTERNAL, paper=True)

EXPECTED: Final[dict[str, Expected]] = {
    "access_api.give_reason": Expected(NOBODY, paper=True),
    "account.after_second_factor": SIGNED_IN,
    "account.end_other_sessions": SIGNED_IN,
    "account.language": SIGNED_IN,
    "account.make_token": SIGNED_IN,
    "account.page": SIGNED_IN,
    "account.revoke_token": Expected(ADMIN),
    "api.openapi": OPEN,
    "api.reference": OPEN,
    "api_uploads.append": SOMEBODY_ELSES,
    "api_uploads.create": Expected(CLERKS),
    "api_uploads.drop": SOMEBODY_ELSES,
    "api_uploads.keep": SOMEBODY_ELSES,
    "api_uploads.look": SOMEBODY_ELSES,
    "api_uploads.options": OPEN,
    "api_uploads.options_of_one": OPEN,
    "api_uploads.result": SOMEBODY_ELSES,
    "api_uploads.terminate": SOMEBODY_ELSES,
    "assets.favicon": OPEN,
    "assets.serve": OPEN,
    "checks_api.add": Expected(ARCHIVIST, paper=True),
    "checks_api.compare": LOOKS,
    "checks_api.confirm": Expected(ARCHIVIST, paper=True),
    "checks_api.listing": LOOKS,
    "checks_api.restore": Expected(frozenset({"front_desk", "archivist"}), paper=True),
    "checks_api.say_unmarked": Expected(ARCHIVIST, paper=True),
    "bulk.add_export": Expected(EXPORTERS),
    "bulk.add_import": Expected(CLERKS),
    "bulk.apply_edit": Expected(DESCRIBERS),
    "bulk.cancel_edit": Expected(DESCRIBERS),
    "bulk.cancel_export": Expected(READERS),
    "bulk.cancel_import": Expected(CLERKS),
    "bulk.choose": Expected(LISTERS),
    "bulk.decide_export": Expected(MANAGER),
    "bulk.fetch_export": Expected(READERS),
    "bulk.new_import": Expected(CLERKS),
    "bulk.one_edit": Expected(DESCRIBERS),
    "bulk.one_export": Expected(READERS),
    "bulk.one_import": Expected(CLERKS),
    "bulk.page": Expected(READERS),
    "bulk.problems": Expected(CLERKS),
    "bulk.start_import": Expected(CLERKS),
    "bulk.template": Expected(CLERKS),
    "bulk_api.add_edit": Expected(DESCRIBERS),
    "bulk_api.add_export": Expected(EXPORTERS),
    "bulk_api.add_import": Expected(CLERKS),
    "bulk_api.apply_edit": Expected(DESCRIBERS),
    "bulk_api.cancel_import": Expected(CLERKS),
    "bulk_api.export_content": Expected(READERS),
    "bulk_api.show_edit": Expected(DESCRIBERS),
    "bulk_api.show_export": Expected(READERS),
    "bulk_api.show_import": Expected(CLERKS),
    "bulk_api.start_import": Expected(CLERKS),
    "classification.as_workbook": Expected(READERS),
    "classification.as_yaml": Expected(READERS),
    "classification.bring_in": Expected(HEAD),
    "classification.closing": Expected(HEAD),
    "classification.edit": Expected(HEAD),
    "classification.new": Expected(HEAD),
    "classification.one": Expected(READERS),
    "classification.page": Expected(READERS),
    "classification.version": Expected(READERS),
    "classification.versions": Expected(READERS),
    "classification_api.add": Expected(HEAD),
    "classification_api.as_file": Expected(READERS),
    "classification_api.bring_in": Expected(HEAD),
    "classification_api.change": Expected(HEAD),
    "classification_api.closing": Expected(HEAD),
    "classification_api.listing": Expected(READERS),
    "classification_api.one": Expected(READERS),
    "classification_api.opening": Expected(HEAD),
    "classification_api.version": Expected(READERS),
    "classification_api.versions": Expected(READERS),
    "checklists.close": Expected(KEEPS_LISTS),
    "checklists.facts": Expected(KEEPS_LISTS),
    "checklists.link": Expected(KEEPS_LISTS),
    "checklists.lists": Expected(READERS),
    "checklists.missing": Expected(READERS),
    "checklists.missing_as_workbook": Expected(READERS),
    "checklists.new": Expected(KEEPS_LISTS),
    "checklists.one": Expected(READERS),
    "checklists.page": Expected(READERS),
    "checklists.print_all_missing": Expected(READERS),
    "checklists.print_missing": Expected(READERS),
    "checklists.promise": Expected(KEEPS_LISTS),
    "checklists.set_aside": Expected(KEEPS_LISTS),
    "checklists.stage": Expected(KEEPS_LISTS),
    "checklists.state": Expected(CLOSES_LISTS),
    "checklists.steward": Expected(LIST_PEOPLE),
    "checklists.take_back": Expected(KEEPS_LISTS),
    "checklists.tasks": Expected(READERS),
    "checklists_api.close_task": Expected(KEEPS_LISTS),
    "checklists_api.close_list": Expected(CLOSES_LISTS),
    "checklists_api.definitions": Expected(READERS),
    "checklists_api.enter_stage": Expected(KEEPS_LISTS),
    "checklists_api.missing": Expected(READERS),
    "checklists_api.one": Expected(READERS),
    "checklists_api.open_list": Expected(KEEPS_LISTS),
    "checklists_api.opened": Expected(READERS),
    "checklists_api.reopen_list": Expected(LIST_PEOPLE),
    "checklists_api.settle": Expected(KEEPS_LISTS),
    "checklists_api.take_back": Expected(KEEPS_LISTS),
    "checklists_api.tasks": Expected(READERS),
    "checklists_api.tell_facts": Expected(KEEPS_LISTS),
    "documents_api.describe": Expected(frozenset({"archivist"}), paper=True),
    "documents_api.listing": Expected(READERS),
    "documents_api.show": LOOKS,
    "filing_api.add": Expected(ARCHIVIST, paper=True),
    "filing_api.case_file": Expected(READERS),
    "filing_api.case_files": Expected(READERS),
    "filing_api.change_file": Expected(FILERS),
    "filing_api.close_file": Expected(FILERS),
    "filing_api.correct": Expected(ARCHIVIST, paper=True),
    "filing_api.open_file": Expected(ARCHIVIST),
    "filing_api.reopen_file": Expected(FILERS),
    "filing_api.show": LOOKS,
    "granting_api.listing": Expected(SEES_PEOPLE - {"it_admin"}),
    "health.live": OPEN,
    "health.ready": OPEN,
    "history.page": Expected(SEES_PEOPLE),
    "history_api.show": Expected(SEES_PEOPLE),
    "home.page": SIGNED_IN,
    "home.run_job": Expected(ADMIN),
    "home.send_again": Expected(ADMIN),
    "home.send_all_again": Expected(ADMIN),
    "home.system": Expected(SEES_STATE),
    "suggestions.evaluation": Expected(SEES_STATE),
    "suggestions.think_again": Expected(ADMIN),
    "suggestions_api.suggestions": LOOKS,
    "home.trail": Expected(frozenset({"auditor"})),
    "home_api.status": Expected(SEES_STATE),
    "intake.desk": Expected(CLERKS),
    "intake.desk_act": Expected(ARCHIVIST, paper=True),
    "intake.desk_back": Expected(ARCHIVIST, paper=True),
    "intake.desk_discard": Expected(ARCHIVIST, paper=True),
    "intake.desk_paper": Expected(ARCHIVIST, paper=True),
    "intake.drop": SOMEBODY_ELSES,
    "intake.inbox": Expected(CLERKS),
    "intake.keep": SOMEBODY_ELSES,
    "intake.new_version": Expected(CLERKS, paper=True),
    "intake.receive_files": Expected(CLERKS),
    "intake.reading": Expected(CLERKS),
    "intake.retry": Expected(CLERKS, paper=True),
    "intake.upload": Expected(CLERKS),
    "intake_api.add_document": Expected(CLERKS),
    "intake_api.add_version": Expected(frozenset({"front_desk", "archivist"}), paper=True),
    "language.switch": OPEN,
    "pages_api.listing": LOOKS,
    "pages_api.listing_of_version": LOOKS,
    "pages_api.picture": LOOKS,
    "pages_api.picture_of_version": LOOKS,
    "pages_api.text": LOOKS,
    "pages_api.text_of_version": LOOKS,
    "pages_api.whole_text": LOOKS,
    "people.change_classes": Expected(ADMIN),
    "people.disable": Expected(ADMIN),
    "people.enable": Expected(ADMIN),
    "people.end_sessions": Expected(ADMIN),
    "people.grant": Expected(ADMIN),
    "people.listing": Expected(SEES_PEOPLE),
    "people.make_link": Expected(ADMIN),
    "people.new": Expected(ADMIN),
    "people.one": Expected(SEES_PEOPLE),
    "people.reset_second_factor": Expected(ADMIN),
    "people.revoke": Expected(ADMIN),
    "premises.bring_in": Expected(KEEPERS),
    "premises.bring_in_holders": Expected(frozenset({"archivist"})),
    "premises.holders_template": Expected(frozenset({"archivist"})),
    "premises_api.import_holders": Expected(frozenset({"archivist"})),
    "premises.closing": Expected(KEEPERS),
    "premises.edit_building": Expected(KEEPERS),
    "premises.edit_project": Expected(KEEPERS),
    "premises_api.buildings": Expected(READERS),
    "premises_api.change_building": Expected(KEEPERS),
    "premises.edit_unit": Expected(KEEPERS),
    "premises.link": Expected(KEEPERS),
    "premises.new_building": Expected(KEEPERS),
    "premises.new_project": Expected(KEEPERS),
    "premises.new_unit": Expected(KEEPERS),
    "premises.edit_party": Expected(frozenset({"archivist"})),
    "premises.end_occupancy": Expected(frozenset({"archivist"})),
    "premises.new_occupancy": Expected(frozenset({"archivist"})),
    "premises.page": Expected(READERS),
    "premises.parties": Expected(SEES_PARTIES),
    "premises.party": Expected(SEES_PARTIES),
    "premises.template": Expected(KEEPERS),
    "transferring_api.transfer": Expected(frozenset({"archivist"})),
    "records.transfer": Expected(frozenset({"archivist"})),
    "premises.unit": Expected(READERS),
    "premises.units": Expected(READERS),
    "premises.units_as_workbook": Expected(READERS),
    "premises.unlink": Expected(KEEPERS),
    "premises.unmask": Expected(frozenset({"sc_manager", "archive_head"})),
    "premises_api.add_building": Expected(KEEPERS),
    "premises_api.add_project": Expected(KEEPERS),
    "premises_api.add_unit": Expected(KEEPERS),
    "premises_api.change_unit": Expected(KEEPERS),
    "premises_api.import_units": Expected(KEEPERS),
    "premises_api.projects": Expected(READERS),
    "premises_api.unit": Expected(READERS),
    "premises_api.units": Expected(READERS),
    "records.break_lock": Expected(ARCHIVIST, paper=True),
    "records.case_file": Expected(READERS),
    "records.case_files": Expected(READERS),
    "records.catalogues": Expected(FILERS),
    "records.class_files": Expected(READERS),
    "records.sight_grants": Expected(HEAD | {"sc_manager"}),
    "records.revoke_sight": Expected(HEAD | {"sc_manager"}),
    "records.describe": Expected(frozenset({"archivist"}), paper=True),
    "records.discard": Expected(frozenset({"archivist"}), paper=True),
    "records.document": LOOKS,
    "records.edit_case_file": Expected(FILERS),
    "records.give_reason": Expected(NOBODY, paper=True),
    "records.check": LOOKS,
    "records.checks": LOOKS,
    "records.compare": LOOKS,
    "records.confirm_check": Expected(ARCHIVIST, paper=True),
    "records.files": Expected(READERS),
    "records.make_check": Expected(ARCHIVIST, paper=True),
    "records.print_check": LOOKS,
    "records.restore": Expected(frozenset({"front_desk", "archivist"}), paper=True),
    "records.say_unmarked": Expected(ARCHIVIST, paper=True),
    "records.filing": Expected(ARCHIVIST, paper=True),
    "records.listing": Expected(READERS),
    "records.move_case_file": Expected(FILERS),
    "records.new_case_file": Expected(FILERS),
    "records.original": Expected(TAKES_INTERNAL, paper=True),
    "records.page_details": LOOKS,
    "records.page_picture": LOOKS,
    "records.page_text": LOOKS,
    "records.page_thumbnail": LOOKS,
    "records.print_case_file": Expected(FILERS),
    "records.print_catalogue": Expected(ARCHIVIST),
    "records.progress": LOOKS,
    "records.retry": Expected(CLERKS, paper=True),
    "records.searchable_copy": Expected(TAKES_INTERNAL, paper=True),
    "records.release_lock": Expected(CLERKS, paper=True),
    "records.take_lock": Expected(CHANGERS, paper=True),
    "records.tile": LOOKS,
    "records.tiles": LOOKS,
    "records.version": LOOKS,
    "records.viewer": LOOKS,
    "records.want_searchable_copy": Expected(TAKES_INTERNAL, paper=True),
    "scans.beside": LOOKS,
    "scans.board": Expected(CLERKS),
    "scans.compare": LOOKS,
    "scans.keep_whole": Expected(ARCHIVIST, paper=True),
    "scans.listing": Expected(CLERKS),
    "scans.make": Expected(CLERKS),
    "scans.print_separator": Expected(CLERKS),
    "scans.separators": Expected(CLERKS),
    "scans.show": Expected(CLERKS),
    "scans.split_at_sheets": Expected(CLERKS, paper=True),
    "scans.undo": Expected(CLERKS),
    "scans_api.look_alikes": LOOKS,
    "scans_api.make": Expected(CLERKS),
    "scans_api.show": Expected(CLERKS),
    "scans_api.undo": Expected(CLERKS),
    "records.ask_level": Expected(ARCHIVIST, paper=True),
    "records.decide_level": Expected(READERS),
    "records.levels": Expected(KEEPERS | {"sc_manager"}),
    "records.older_rule": Expected(KEEPERS),
    "records.older_rules": Expected(KEEPERS),
    "records.place": Expected(ARCHIVIST, paper=True),
    "records.relate": Expected(ARCHIVIST, paper=True),
    "records.relate_files": Expected(FILERS),
    "records.unit_papers": Expected(READERS),
    "records.unrelate": Expected(ARCHIVIST, paper=True),
    "records.unrelate_files": Expected(FILERS),
    "records.withdraw": Expected(FILERS, paper=True),
    "standing_api.ask_level": Expected(ARCHIVIST, paper=True),
    "standing_api.empty_number": Expected(READERS),
    "standing_api.former_numbers": LOOKS,
    "standing_api.move": Expected(FILERS, paper=True),
    "standing_api.of_document": LOOKS,
    "standing_api.older_rule": Expected(READERS),
    "standing_api.older_rules": Expected(READERS),
    "standing_api.relate": Expected(ARCHIVIST, paper=True),
    "standing_api.relate_files": Expected(FILERS),
    "standing_api.relations_of_document": LOOKS,
    "standing_api.relations_of_file": Expected(READERS),
    "standing_api.unit_papers": Expected(READERS),
    "standing_api.unrelate": Expected(READERS),
    "standing_api.withdraw": Expected(FILERS, paper=True),
    "reviewing_api.break_lock": Expected(ARCHIVIST, paper=True),
    "reviewing_api.listing": Expected(CLERKS),
    "reviewing_api.lock": LOOKS,
    "reviewing_api.release_lock": Expected(CLERKS, paper=True),
    "reviewing_api.send_back": Expected(ARCHIVIST, paper=True),
    "reviewing_api.show": LOOKS,
    "reviewing_api.submit": Expected(ARCHIVIST, paper=True),
    "reviewing_api.take_lock": Expected(CHANGERS, paper=True),
    "search.page": Expected(READERS),
    "search.suggestions": Expected(READERS),
    "search_api.search": Expected(READERS),
    "security.change_password": SIGNED_IN,
    "security.login": OPEN,
    "security.logout": OPEN,
    "security.mf_recovery": OPEN,
    "security.mf_recovery_codes": SIGNED_IN,
    "security.tf_select": CLOSED,
    "security.two_factor_rescue": CLOSED,
    "security.two_factor_setup": SIGNED_IN,
    "security.two_factor_setup_validate": CLOSED,
    "security.two_factor_token_validation": OPEN,
    "security.verify": SIGNED_IN,
    "setup.by_link": CLOSED,
    "setup.not_yet": OPEN,
    "uploads.append": SOMEBODY_ELSES,
    "uploads.create": Expected(CLERKS),
    "uploads.drop": SOMEBODY_ELSES,
    "uploads.keep": SOMEBODY_ELSES,
    "uploads.look": SOMEBODY_ELSES,
    "uploads.options": SIGNED_IN,
    "uploads.options_of_one": SIGNED_IN,
    "uploads.result": SOMEBODY_ELSES,
    "uploads.terminate": SOMEBODY_ELSES,
    "versions_api.content": Expected(TAKES_INTERNAL, paper=True),
    "versions_api.listing": LOOKS,
    "versions_api.retry": Expected(CLERKS, paper=True),
}
_TUS: Final = {"Tus-Resumable": "1.0.0"}
_PART: Final = {"headers": {**_TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}}
_BEGINS: Final = {"headers": {**_TUS, "Upload-Length": "3"}}
_WHY: Final = {"reason": "x", "seen": "9.9"}
SENDS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
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
    "filing_api.change_file": lambda: {"json": {"revision": 1}},
    "filing_api.close_file": lambda: {"json": {"revision": 1}},
    "filing_api.correct": lambda: {"json": {"revision": 1, "reason": "x"}},
    "filing_api.open_file": lambda: {"json": {"class_code": "ZX.01", "title": "x"}},
    "filing_api.reopen_file": lambda: {"json": {"revision": 1, "reason": "x"}},
    "intake.new_version": lambda: {"data": {"file": (BytesIO(b"new"), "a.pdf"), "reason": "x"}},
    "intake.receive_files": lambda: {"data": {"file": (BytesIO(b"new"), "a.pdf")}},
    "intake_api.add_document": lambda: {"data": {"file": (BytesIO(b"new"), "a.pdf")}},
    "intake_api.add_version": lambda: {"data": {"file": (BytesIO(b"new"), "a.pdf"), "reason": "x"}},
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
    "standing_api.relate": lambda: {"json": {"kind": "see_also", "other": "x"}},
    "standing_api.relate_files": lambda: {"json": {"kind": "see_also", "other": "x"}},
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
ENDS_THE_VISIT: Final = frozenset(
    {"security.logout", "security.change_password", "security.two_factor_token_validation"}
)
"""Not tried with somebody who is still needed."""
REFUSED: Final = frozenset({401, 403, 404})


ASKS: Final = {"granting_api.listing": {"user": "1"}}
"""Questions that an address can't do without."""


@dataclass(slots=True)
class Town:
    """Somebody of each role, and things that belong to none of them."""

    app: Flask
    archive: Archive
    clock: MovableClock
    values: dict[str, object] = field(default_factory=dict)
    browsers: dict[str, tuple[Visitor, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    strangers: int = 0

    def address(self, rule: Rule, **other: object) -> str:
        values = {name: (self.values | other)[name] for name in rule.arguments}
        adapter = self.app.url_map.bind("localhost")
        return adapter.build(rule.endpoint, values, force_external=False)

    def asks(self, who: str | None, method: str, path: str, endpoint: str = "") -> TestResponse:
        sent = SENDS[endpoint]() if endpoint in SENDS and method != "GET" else {}
        if endpoint in ASKS:
            sent["query_string"] = ASKS[endpoint]
        headers = dict(sent.pop("headers", {}))
        client = self.app.test_client()
        if who is None:
            # Each from an address of their own: together they would be told to wait a while.
            self.strangers += 1
            sent["environ_base"] = {"REMOTE_ADDR": f"10.0.{self.strangers >> 8}.{self.strangers & 255}"}
        if who is not None and path.startswith("/api/"):
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        elif who is not None:
            visitor, headers["X-CSRFToken"] = self.browsers[who]
            client = visitor.client
        return client.open(path, method=method, headers=headers, buffered=True, **sent)


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One for all, on SQLite: rights are no business of the database's."""
    data = tmp_path_factory.mktemp("town") / "data"
    data.mkdir(mode=0o700)
    shutil.copy(sqlite_template, data / "archive.sqlite3")
    clock = MovableClock()
    archive = open_archive(Settings(data_dir=data), clock)
    made = Town(create_app(archive), archive, clock)
    made.app.testing = True
    _settle(made, House(archive, clock))
    yield made
    archive.close()


def _settle(made: Town, house: House) -> None:
    app, archive, clock = made.app, made.archive, made.clock
    for role in Role:
        user_id = add_person(archive, role.value.replace("_", "-"), role)
        visitor = Visitor(app, clock)
        assert visitor.sign_in(role.value.replace("_", "-")).status_code in (302, 303)
        made.browsers[role.value] = visitor, form_token(visitor.get("/account"))
        made.tokens[role.value] = _token(archive, user_id)
    target = add_person(archive, "somebody-else", Role.FRONT_DESK)
    owner = actor(archive, target)
    paper = house.paper(owner, class_code="WS.03", level=Level.INTERNAL, pages=["通知"])
    hidden = house.paper(class_code="YZ.02", level=Level.SENSITIVE, pages=["秘密"])
    with archive.reading() as session:
        grant = people.queries.grants_of(session, clock.now(), target)[0].id
    with house.work() as work:
        token, _ = people.create_token(work, target, name="theirs", scopes=[Scope.READ])
    made.values = {
        "document_id": paper, "hidden": hidden, "number": 1, "page": 1, "level": 9, "column": 0, "row": 0,
        "extension": "jpg", "code": "WS.03", "edition": "1.0", "user_id": target, "grant_id": grant, "token_id": token,
        "import_id": 99, "edit_id": 99, "export_id": 99,
        "case_file_id": 1, "sheet": "cover", "fonds": "WY01", "year": 2026,
        "check_id": 1, "kind": "user", "thing": str(target),
        "project_id": 1, "building_id": 1, "unit_id": 1, "link_id": 1, "party_id": 1, "occupancy_id": 1, "relation_id": 1,
        "opened_id": 1, "item_id": 1, "settlement_id": 1, "task_id": 1,
        "name": "nothing.js", "message_id": 1, "upload_id": uuid.UUID(int=7), "token": "x" * 43,
        "request_id": 1, "other_id": paper,
    }  # fmt: skip


def _token(archive: Archive, user_id: UserId) -> str:
    with archive.unit_of_work(service_actor("cli")) as work:
        _, token = people.create_token(work, user_id, name="test", scopes=list(Scope))
    return token


def test_every_address_has_been_thought_about(town: Town) -> None:
    here = {rule.endpoint for rule in town.app.url_map.iter_rules()}
    assert here == set(EXPECTED)


def _calls(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: (one.endpoint, one.rule)):
        methods = (rule.methods or set()) - {"OPTIONS"} or {"OPTIONS"}
        for method in sorted(methods - {"HEAD"} or methods):
            yield rule, method


def test_strangers_get_in_nowhere_but_at_the_open_doors(town: Town) -> None:
    for rule, method in _calls(town.app):
        expected = EXPECTED[rule.endpoint]
        answer = town.asks(None, method, town.address(rule))
        seen = f"{method} {rule.rule}: {answer.status_code} {answer.location}"
        to_sign_in = answer.status_code in (302, 303) and "/sign-in" in (answer.location or "")
        if expected.strangers:
            assert answer.status_code != 401, seen
            assert not to_sign_in or rule.endpoint.startswith(("security.", "setup.")), seen
        else:
            # 400: a write without its form token is refused before anybody asks who sends it.
            assert to_sign_in or answer.status_code in (400, 401, 404), seen


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_gets_in_where_the_tables_say(town: Town, role: str) -> None:
    wrong = []
    for rule, method in _calls(town.app):
        if rule.endpoint in ENDS_THE_VISIT:
            continue
        expected = EXPECTED[rule.endpoint]
        name = jobs.JobName.HOUSEKEEPING.value if rule.endpoint == "home.run_job" else town.values["name"]
        status = town.asks(role, method, town.address(rule, name=name), rule.endpoint).status_code
        if expected.strangers or role in expected.roles:
            # Things that were never made are not found by those who may look for them either.
            right = status not in (401, 403) and status < 500
        else:
            right = status in REFUSED
        if not right:
            wrong.append(f"{method} {rule.rule}: {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ["front_desk", "cashier", "finance", "engineering", "it_admin"])
def test_what_is_hidden_from_a_role_is_not_there_for_it(town: Town, role: str) -> None:
    """No address that shows a paper tells a hidden one from one that never was."""
    never = uuid.uuid4()
    for rule, method in _calls(town.app):
        if "document_id" not in rule.arguments:
            continue
        hidden, missing = (
            town.asks(role, method, town.address(rule, document_id=one), rule.endpoint)
            for one in (town.values["hidden"], never)
        )
        assert hidden.status_code == missing.status_code, f"{method} {rule.rule}"
        assert hidden.status_code in (400, 403, 404, 415, 422, 428), (
            f"{method} {rule.rule}: {hidden.status_code}"
        )
        # The page around the refusal knows its own address, and that is all it knows.
        own = town.address(rule, document_id=town.values["hidden"])
        assert str(town.values["hidden"]) not in hidden.text.replace(own, "")


FACTS: Final = frozenset(
    {
        "documents_api.show",
        "records.document",
        "records.progress",
        "records.version",
        "scans.beside",
        "scans_api.look_alikes",
        "standing_api.former_numbers",
        "suggestions_api.suggestions",
        "standing_api.relations_of_document",
        "versions_api.listing",
    }
)
"""What the auditor reads about a paper whose pages are not open to them."""


def test_the_auditor_reads_about_a_closed_paper_and_nothing_in_it(town: Town) -> None:
    for rule, method in _calls(town.app):
        if "document_id" not in rule.arguments:
            continue
        path = town.address(rule, document_id=town.values["hidden"])
        answer = town.asks("auditor", method, path, rule.endpoint)
        seen = f"{method} {rule.rule}: {answer.status_code}"
        assert "秘密" not in answer.text, seen
        # They may know that it isn't filed yet, waits for no review, and that nobody works on it.
        unfiled = rule.endpoint in (
            "filing_api.show",
            "reviewing_api.lock",
            "reviewing_api.show",
            "standing_api.of_document",
        )
        assert answer.status_code == (200 if rule.endpoint in FACTS else 404 if unfiled else 403), seen


def test_no_number_in_an_address_is_too_large_to_be_refused(town: Town) -> None:
    """Databases stop at 64 bits; an address does not."""
    numbers = ("number", "page", "user_id", "grant_id", "token_id", "message_id", "level", "column", "row")
    for rule, method in _calls(town.app):
        for name in rule.arguments & set(numbers):
            path = town.address(rule).split("/")
            shown = str(town.values[name])
            for huge in ("9" * 19, "9" * 40):
                pieces = [huge if piece == shown else piece for piece in path]
                who = (
                    "it_admin"
                    if "user_id" in rule.arguments or "message_id" in rule.arguments
                    else "archivist"
                )
                status = town.asks(who, method, "/".join(pieces)).status_code
                assert status < 500, f"{method} {rule.rule}: {status}"
