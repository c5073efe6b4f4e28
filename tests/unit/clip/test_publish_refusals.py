"""Every error number that a mount can give, at every call of the system that publishing makes, in every way of publishing.

The calls are counted and refused inside this process, so that all of them can be tried; ``tests/crash/test_publish_sweep.py`` does
the same to the real calls with ``strace``.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clipferry.clip.disk.folder import HIDDEN_DIR
from clipferry.clip.errors import DiskFull, FolderMissing, FolderNotWritable
from clipferry.clip.model import StagedClip, Verification, Video
from clipferry.clip.output import publish as placing
from clipferry.clip.output.destination import publish

NAME = "Wörter über 日本 [0.01-0.02].mp4"
CONTENT = b"the clip" * 1000
ERRORS = tuple(
    getattr(errno, name)
    for name in (
        *(
            "EPERM",
            "EACCES",
            "ENOTSUP",
            "EOPNOTSUPP",
            "ENOSYS",
            "EINVAL",
            "EXDEV",
            "EMLINK",
            "ETXTBSY",
            "EBUSY",
            "ENOTTY",
        ),
        *(
            "ENAMETOOLONG",
            "EILSEQ",
            "EROFS",
            "ENOSPC",
            "EDQUOT",
            "EFBIG",
            "EIO",
            "ENOENT",
            "ESTALE",
            "ENOTCONN",
            "ENODEV",
        ),
    )
)
OPTIONAL = ("fchmod", "fchown", "setxattr", "getxattr", "rmdir", "unlink", "sync of the folder")
"""What may be refused in any way without costing the clip its name."""
NEVER = frozenset({"link", "rename_exclusively"})
"""What a scene's file system does not have."""
SCENES: dict[str, frozenset[str]] = {
    "here": frozenset(),
    "no links": frozenset({"link"}),
    "no links, no exclusive rename": NEVER,
    "other disk": frozenset(),
    "other disk without nameless files": frozenset({"tmpfile"}),
    "other disk with nothing": NEVER | {"tmpfile"},
}


class Refusals:
    """Wraps the system's calls: the ``number``-th fails with ``code``; those in ``never`` all fail with ``unsupported``."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        never: frozenset[str],
        number: int,
        code: int,
        unsupported: int = errno.EOPNOTSUPP,
    ) -> None:
        self._never, self._number, self._code, self._unsupported = never, number, code, unsupported
        self._count = 0
        self.met: str | None = None
        for name in ("open", "link", "fsync", "fchmod", "fchown", "setxattr", "getxattr", "replace", "mkdir", "rmdir"):
            monkeypatch.setattr(os, name, self._wrapped(name, getattr(os, name)))
        for name in ("unlink", "fstat", "lseek"):
            monkeypatch.setattr(os, name, self._wrapped(name, getattr(os, name)))
        monkeypatch.setattr(
            placing, "rename_exclusively", self._wrapped("rename_exclusively", placing.rename_exclusively)
        )

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            kind = name
            if name == "open" and args[1] & os.O_TMPFILE == os.O_TMPFILE:
                kind = "tmpfile"
            elif name == "fsync" and Path(f"/proc/self/fd/{args[0]}").is_dir():
                kind = "sync of the folder"
            if kind in self._never:
                raise OSError(self._unsupported, os.strerror(self._unsupported))
            self._count += 1
            if self._count == self._number:
                self.met = kind
                raise OSError(self._code, os.strerror(self._code))
            return None if name == "fsync" else real(*args, **more)  # a disk that is not waited for

        return call


@pytest.fixture(scope="module")
def other_disk() -> Iterator[Path]:
    made = Path("/dev/shm") / f"clipferry-refusals-{os.getpid()}"
    made.mkdir()
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("code", ERRORS, ids=lambda code: errno.errorcode[code])
@pytest.mark.parametrize("scene", SCENES)
def test_whatever_is_refused_the_clip_is_there_or_waits(
    tmp_path: Path, other_disk: Path, monkeypatch: pytest.MonkeyPatch, scene: str, code: int
) -> None:
    parent = other_disk if "other disk" in scene else tmp_path
    met = []
    for number in range(1, 200):
        home, folder = tmp_path / f"staging-{number}", parent / f"Downloads-{number}"
        home.mkdir(mode=0o700)
        folder.mkdir(mode=0o700)
        staged = home / "clip.mp4"
        staged.write_bytes(CONTENT)
        clip = StagedClip(staged, NAME, len(CONTENT), PROOF, VIDEO, 1, 2, 10)
        failed = None
        with monkeypatch.context() as patch:
            refusals = Refusals(patch, SCENES[scene], number, code)
            try:
                publish(clip, folder)
            except (DiskFull, FolderMissing, FolderNotWritable) as error:
                failed = error
        if failed is not None:
            assert refusals.met not in OPTIONAL, f"{refusals.met} refused with {failed.detail}"
            assert staged.read_bytes() == CONTENT
            assert list(folder.iterdir()) == [], "nothing half made is left"
            publish(clip, folder)
        hidden = {HIDDEN_DIR} if refusals.met in ("unlink", "rmdir") else set()  # swept at the next start
        found = [path for path in folder.iterdir() if path.name not in hidden]
        assert len(found) == 1, (refusals.met, found)
        path = found[0]
        assert path.read_bytes() == CONTENT
        assert path.suffix == ".mp4"
        shutil.rmtree(folder)
        if refusals.met is None:
            break
        met.append(refusals.met)
    assert len(met) > 5
    assert refusals.met is None, "every call was refused once"


@pytest.mark.parametrize(
    "code", [errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL], ids=errno.errorcode.get
)
@pytest.mark.parametrize(
    "missing",
    [
        {"link"},
        {"link", "rename_exclusively"},
        {"tmpfile"},
        {"fsync"},
        {"fchmod"},
        {"fchown"},
        {"setxattr", "getxattr"},
        {"rmdir"},
    ],
    ids=lambda missing: " and ".join(sorted(missing)),
)
@pytest.mark.parametrize("elsewhere", [False, True], ids=["same disk", "other disk"])
def test_a_file_system_without_a_call_gets_its_clip(
    tmp_path: Path, other_disk: Path, monkeypatch: pytest.MonkeyPatch, missing: set[str], code: int, elsewhere: bool
) -> None:
    """Waiting would not help: such a mount refuses for ever."""
    home = tmp_path / "staging"
    folder = (other_disk if elsewhere else tmp_path) / f"{tmp_path.name}-Downloads"
    home.mkdir(mode=0o700)
    folder.mkdir(mode=0o755)
    staged = home / "clip.mp4"
    staged.write_bytes(CONTENT)
    staged.chmod(0o600)
    with monkeypatch.context() as patch:
        Refusals(patch, frozenset(missing), 0, 0, code)
        path = publish(StagedClip(staged, NAME, len(CONTENT), PROOF, VIDEO, 1, 2, 10), folder)
    assert path.name == NAME
    assert path.read_bytes() == CONTENT


VIDEO = Video("example", "1", "Title", "https://example.org/watch", ())
PROOF = Verification(1, 2, 30, 28, 0.0, "smart")
