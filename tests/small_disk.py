"""A file system with little room, which a test fills and relieves."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from attrs import define
from server_process import CannotStart
from servers import do_without

_BLOCK = 4096


@define
class SmallDisk:
    """A mounted folder; `fill` leaves so many bytes free."""

    folder: Path

    def fill(self, leaving: int) -> None:
        """Take all room but that, by halves: others write meanwhile."""
        taken = 0
        with self._ballast.open("wb") as ballast:
            while (room := self._free - leaving) > 0:
                some = max(room // 2, _BLOCK)
                with suppress(OSError):
                    os.posix_fallocate(ballast.fileno(), taken, some)
                    taken += some

    def relieve(self) -> None:
        self._ballast.unlink()

    @property
    def _free(self) -> int:
        room = os.statvfs(self.folder)
        return room.f_bfree * room.f_bsize

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount memory of that size over a folder, which only root may; it belongs to `nobody`."""
    if os.geteuid():
        pytest.skip("a small disk is mounted, which only root may")
    folder.mkdir()
    told = f"size={megabytes}m,uid={pwd.getpwnam('nobody').pw_uid},mode=0777"
    mounting = ("mount", "-t", "tmpfs", "-o", told, "tmpfs", folder)
    mounted = subprocess.run(mounting, capture_output=True, text=True, check=False)
    if mounted.returncode:
        do_without(CannotStart(f"no small disk can be mounted: {mounted.stderr}"))
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", folder], check=True)
