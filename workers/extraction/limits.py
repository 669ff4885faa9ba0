"""What one document may use, and the walls a process is put behind before it opens one."""

import ctypes
import os
import resource
import signal
from dataclasses import dataclass
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWNET: Final = 0x40000000
_CLONE_NEWUSER: Final = 0x10000000
MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one document.

    A child process reads a stretch of pages (at most ``chunk_pages``, and no further once it has used half its
    ``cpu_s``) and is then replaced, so that 2,000 honest pages fit while one page never gets more than a child.
    ``wall_s`` is the time one answer may take: opening the document, or one page; waiting for recognition
    doesn't count. ``page_cpu_s`` × pages read + ``cpu_s`` bounds the document as a whole.
    """

    address_space: int = 1024 * MIB
    cpu_s: int = 60
    page_cpu_s: float = 5.0
    wall_s: float = 120.0
    chunk_pages: int = 50
    pages: int = 2000
    pixels_per_page: int = 150_000_000
    zip_ratio: int = 100
    zip_members: int = 5000
    unpacked: int = 256 * MIB
    structure_s: float = 3.0
    file_size: int = 1024 * MIB
    open_files: int = 64


DEFAULT_LIMITS: Final = Limits()


def confine(address_space: int, cpu_s: int, file_size: int, open_files: int) -> None:
    """Puts this process behind its limits for good: memory, CPU seconds, size of a file, open files, no core."""
    for kind, soft, hard in (
        (resource.RLIMIT_AS, address_space, address_space),
        # Over the soft limit comes SIGXCPU, by which the reader knows why the child died; then SIGKILL.
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 2),
        (resource.RLIMIT_FSIZE, file_size, file_size),
        (resource.RLIMIT_NOFILE, open_files, open_files),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _, most = resource.getrlimit(kind)
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(kind, (soft, hard))
    _libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def die_with_parent(parent: int) -> None:
    """Has the kernel kill this process when the thread that started it ends; ends now if that has happened."""
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def cut_network() -> bool:
    """Moves this process into a network of its own, with nothing in it; False where the system doesn't allow it."""
    libc = _libc()
    if libc.unshare(_CLONE_NEWNET) == 0:
        return True
    return bool(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
