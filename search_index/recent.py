"""A small cache of what was used last, bounded by weight, safe between threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Forgets what was not used for longest as soon as the weights (bytes) exceed ``limit``."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._weight = 0
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def keep(self, key: K, value: V, weight: int) -> V:
        weight += 200  # key and bookkeeping
        with self._lock:
            replaced = self._kept.pop(key, None)
            if replaced is not None:
                self._weight -= replaced[1]
            self._kept[key] = value, weight
            self._weight += weight
            while self._weight > self._limit:
                _, (_, freed) = self._kept.popitem(last=False)
                self._weight -= freed
        return value
