"""Documents and case files by command, for whoever has the machine."""

import click

from archive_service.locations.cli import commands_with
from archive_service.records.cli.case_files import case_file
from archive_service.records.cli.filing import (
    check_document_now,
    file_document,
    move_document,
    withdraw_document,
)
from archive_service.records.cli.retention import retention_group
from archive_service.records.cli.reviewing import review_group
from archive_service.records.cli.sight import sight
from archive_service.records.queries.holdings import Archived

commands: tuple[click.Command, ...] = (
    move_document,
    withdraw_document,
    retention_group,
    sight,
    case_file,
    file_document,
    check_document_now,
    review_group,
    *commands_with(Archived()),
)
