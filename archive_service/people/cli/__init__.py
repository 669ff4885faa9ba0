"""Accounts and tokens by command, for whoever has the machine; and what the commands of all capabilities share."""

import click

from archive_service.people.cli.accounts import token, user
from archive_service.people.cli.roles import role

commands: tuple[click.Command, ...] = (user, role, token)

__all__ = ["commands", "role", "token", "user"]
