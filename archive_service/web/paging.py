"""Lists: which page was asked for, how it is sorted, and the addresses of its neighbours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from flask import request, url_for

from archive_service.web.numbers import whole_number

LARGEST_PAGE: Final = 10_000  # further down nobody reads, and the database would count for nothing


@dataclass(frozen=True, slots=True)
class Paging:
    """One page of a list: ``number`` from 1, ``size`` rows a page, ``total`` rows in all."""

    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """Number of the first row shown, from 1; 0 if there is none."""
        return 0 if not self.total else (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        return min(self.total, self.number * self.size)

    def near(self, reach: int = 2) -> Iterator[int | None]:
        """Page numbers to link: the ends, those around this one, None where some are left out."""
        shown = {1, self.pages, *range(self.number - reach, self.number + reach + 1)}
        before = 0
        for number in sorted(n for n in shown if 1 <= n <= self.pages):
            if number - before > 1:
                yield None
            yield number
            before = number


def asked_page(name: str = "page") -> int:
    """The page number in the address, from 1; nonsense, and more than LARGEST_PAGE, counts as 1."""
    return whole_number(request.args.get(name, ""), LARGEST_PAGE) or 1


def asked_sort(allowed: Sequence[str], name: str = "sort") -> str:
    """The sort key in the address (``-key`` is descending), if its key is allowed; else the first allowed."""
    asked = request.args.get(name, "")
    return asked if asked.removeprefix("-") in {key.removeprefix("-") for key in allowed} else allowed[0]


def here_with(**changes: str | int | None) -> str:
    """This page's address with some of its query changed; None takes a key out."""
    query: dict[str, object] = {k: request.args.getlist(k) for k in request.args if k not in changes}
    query.update({k: v for k, v in changes.items() if v is not None})
    assert request.endpoint is not None
    return url_for(request.endpoint, **{**(request.view_args or {}), **query})
