"""Staging folders, private to the user, and the target folder of clips: checks, and the first free name."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from clipferry_host.private_dir import UnsafeDirectory, check_private, make_private

from ..disk.folder import HIDDEN_DIR
from ..disk.folder_errors import FULL, NameRefused, of_os_error, os_errors
from ..errors import FolderMissing, FolderNotWritable
from ..model import StagedClip
from .file_name import plain, shortened
from .publish import place

_USUAL_NAME_BYTES = 255
_FEWEST_NAME_BYTES = 12


def staging_root(downloads: Path, cache_dir: Path) -> Path:
    """Return where clips for ``downloads`` are made: on its own file system where it can be, so that the last step is a link and no copy.

    The cache folder where that is on the same one, else ``downloads/.clipferry`` where no other user of the computer can get at
    that, else the cache folder all the same: the last step copies. Made if missing, private (0700).

    Raises:
        FolderMissing | FolderNotWritable | DiskFull: ``downloads`` cannot take a clip, or the cache folder is not safe.
    """
    check_folder(downloads)
    with own_folder_errors(cache_dir):
        make_private(cache_dir)
        same = cache_dir.stat().st_dev == downloads.stat().st_dev
    if not same and _is_private(downloads / HIDDEN_DIR, make=True):
        return downloads / HIDDEN_DIR
    return cache_staging(cache_dir)


def cache_staging(cache_dir: Path) -> Path:
    """Staging in the cache folder. Raises ``FolderNotWritable`` or ``DiskFull``."""
    root = cache_dir / "staging"
    with own_folder_errors(root):
        make_private(root)
    return root


def staging_roots(downloads: Path, cache_dir: Path) -> list[Path]:
    """Return those staging folders that are there and that no other user can have changed."""
    return [root for root in (cache_dir / "staging", downloads / HIDDEN_DIR) if _is_private(root, make=False)]


def _is_private(folder: Path, *, make: bool) -> bool:
    """Return whether a folder, made if wanted, is this user's alone.

    Raises:
        DiskFull: there is no space to make it.
    """
    try:
        if make:
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
        check_private(folder, strict=True)
    except UnsafeDirectory:
        return False
    except OSError as exc:
        if exc.errno in FULL:
            with os_errors(folder):
                raise
        return False
    return True


def is_untouched(staged: Path) -> bool:
    """Return whether a staged file is there, in a folder where no other user can have replaced it."""
    return _is_private(staged.parent, make=False) and staged.is_file() and not staged.is_symlink()


def not_safe(exc: UnsafeDirectory) -> FolderNotWritable:
    """Return what a person is told of a folder of clipferry's own that others can change."""
    return FolderNotWritable("own_folder", said=str(exc))


@contextlib.contextmanager
def own_folder_errors(folder: Path) -> Iterator[None]:
    """Turn what is wrong with a folder of clipferry's own into sentences."""
    try:
        with os_errors(folder):
            yield
    except UnsafeDirectory as exc:
        raise not_safe(exc) from exc


def check_folder(folder: Path) -> None:
    """Raises ``FolderMissing`` or ``FolderNotWritable`` where a clip could not be put."""
    if not os.path.isdir(folder):  # noqa: PTH112 - false, too, for what cannot be examined: pathlib's raises
        if os.path.exists(folder):  # noqa: PTH110
            raise FolderMissing("no_folder", name=folder.name, detail=str(folder))
        raise FolderMissing(detail=str(folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FolderNotWritable(detail=str(folder))


class ClipNames:
    """The names to try for a clip, in order: ``x.mp4``, ``x (2).mp4``, … An iterable; ``simplify`` changes what comes next."""

    def __init__(self, name: str, folder: Path) -> None:
        """``folder``: its file system states how long a name may be (pathconf(3), ``PC_NAME_MAX``)."""
        self._name = name
        self._most_bytes = _USUAL_NAME_BYTES
        with contextlib.suppress(OSError, ValueError, AttributeError):  # AttributeError: Windows
            self._most_bytes = max(_FEWEST_NAME_BYTES, os.pathconf(folder, "PC_NAME_MAX"))
        self._simpler = 0

    def __iter__(self) -> Iterator[str]:
        number, state = 1, self._simpler
        while True:
            yield shortened(self._name, self._most_bytes, f" ({number})" if number > 1 else "")
            number = number + 1 if state == self._simpler else 1
            state = self._simpler

    def simplify(self, refused: NameRefused) -> None:
        """Go on with shorter names, or with those that every file system can spell. Raises ``refused`` where that was tried."""
        size = len(shortened(self._name, self._most_bytes).encode())
        if refused.errno == errno.ENAMETOOLONG and size > _FEWEST_NAME_BYTES:
            self._most_bytes = max(_FEWEST_NAME_BYTES, size * 3 // 4)
        elif plain(self._name) != self._name:
            self._name = plain(self._name)
        else:
            raise refused
        self._simpler += 1


def publish(staged: StagedClip, folder: Path) -> Path:
    """Place the clip under the first free name and remove what was staged; gives the path.

    Raises:
        FolderMissing | FolderNotWritable | DiskFull
    """
    check_folder(folder)
    names = ClipNames(staged.name, folder)
    with _refusals(folder):
        for name in names:
            try:
                place(staged.path, folder / name, origin_url=staged.video.webpage_url)
            except FileExistsError:
                continue
            except NameRefused as refused:
                names.simplify(refused)
                continue
            with contextlib.suppress(OSError):
                staged.path.unlink()
            return folder / name
    raise AssertionError("names never end")


@contextlib.contextmanager
def _refusals(folder: Path) -> Iterator[None]:
    try:
        yield
    except NameRefused as refused:
        raise of_os_error(refused, folder) from refused
