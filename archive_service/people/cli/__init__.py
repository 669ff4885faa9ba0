"""Accounts and tokens by command, for whoever has the machine; and what the commands of all capabilities share."""

import click

from archive_service.people.cli.accounts import token, user

commands: tuple[click.Command, ...] = (user, token)

__all__ = ["commands", "token", "user"]
