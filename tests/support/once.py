"""What a process of tests does once, where a service in use does it once too and a test would do it each time anew."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any, Final

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from archive_service.kernel import db
from archive_service.people.rules import passwords

REAL_COST: Final = passwords.COST
CHEAP_COST: Final = passwords.HashingCost(time_cost=1, memory_cost=8, parallelism=1)


class _CompiledTemplates(BytecodeCache):
    """Templates are the same in every app of this process: compiled when the first of them shows one."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._compiled[bucket.key, bucket.checksum] = bucket.code


class _LateRule(Rule):
    """Compiles what builds its address when the first address is built: an app has hundreds, a test asks for a few."""

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        compiled = super()._compile_builder
        made: list[Any] = []

        def build(rule: Rule, /, **values: Any) -> Any:
            if not made:
                made.append(compiled(append_unknown))
            return made[0](rule, **values)

        return build


def _sharing_engines() -> Callable[..., Engine]:
    """Makes engines that know the statements of those before them: written once, a statement is kept for every archive."""
    statements: LRUCache[Any, Any] = LRUCache(2000)

    def create(url: URL, **options: Any) -> Engine:
        return create_engine(url, execution_options={"compiled_cache": statements}, **options)

    return create


@contextmanager
def things_once() -> Iterator[None]:
    """Apps made in this block share their templates, databases their statements; hashing a password costs nothing.

    What it really costs is shown by the tests that take ``real_hashing``, and by those that start the service
    as a process of its own.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _CompiledTemplates()})
        patch.setattr(Flask, "url_rule_class", _LateRule)
        patch.setattr(passwords, "COST", CHEAP_COST)
        patch.setattr(db, "create_engine", _sharing_engines())
        for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
            # Statements are kept by the very dialect that wrote them. All of one kind write alike: there is one driver
            # and one server.
            patch.setattr(dialect, "__eq__", lambda one, other: type(one) is type(other))
            patch.setattr(dialect, "__hash__", lambda one: hash(type(one)))
        yield
