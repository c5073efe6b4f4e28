"""Putting a finished file into its folder: all or nothing, never over another one."""

import errno
import os
import shutil
import stat
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from clipferry.clip.disk.folder import Folder
from clipferry.clip.errors import DiskFull, FolderMissing, FolderNotWritable
from clipferry.clip.model import StagedClip, Verification, Video
from clipferry.clip.output.destination import ClipNames, check_folder, publish, staging_root
from clipferry.clip.output.publish import is_same, place
from disks import small_disk

URL = "https://user:secret@example.org/watch?v=1#t=3"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Downloads").mkdir()
    return tmp_path / "Downloads"


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    (tmp_path / "staging").mkdir()
    path = tmp_path / "staging" / "clip.mp4"
    path.write_bytes(b"the clip" * 1000)
    path.chmod(0o755)
    return path


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder on another file system than pytest's."""
    made = Path("/dev/shm") / f"clipferry-test-{os.getpid()}"
    if not made.parent.is_dir():
        pytest.skip("no second file system here")
    made.mkdir()
    yield made
    shutil.rmtree(made)


def clip(path: Path, name: str = "Title [0.01-0.02].mp4") -> StagedClip:
    video = Video("example", "1", "Title", URL, ())
    return StagedClip(path, name, path.stat().st_size, Verification(1, 2, 30, 28, 0.0, "smart"), video, 1, 2, 10)


def no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk without hard links, as exFAT answers on Linux."""

    def refuse(source: object, target: object, **places: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)


def test_a_published_clip_is_whole_readable_and_not_executable(staged: Path, folder: Path) -> None:
    path = publish(clip(staged), folder)
    assert path == folder / "Title [0.01-0.02].mp4"
    assert path.read_bytes() == b"the clip" * 1000
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert path.stat().st_nlink == 1, "nothing of it is left in staging"


def test_the_next_number_is_taken_and_nothing_is_replaced(staged: Path, folder: Path) -> None:
    (folder / "Title [0.01-0.02].mp4").write_text("mine")
    (folder / "Title [0.01-0.02] (2).mp4").symlink_to("nowhere")
    assert publish(clip(staged), folder).name == "Title [0.01-0.02] (3).mp4"
    assert (folder / "Title [0.01-0.02].mp4").read_text() == "mine"
    assert not (folder / "nowhere").exists()


def test_numbers_keep_the_extension_last(tmp_path: Path) -> None:
    assert list(islice(ClipNames("a.b.mp4", tmp_path), 3)) == ["a.b.mp4", "a.b (2).mp4", "a.b (3).mp4"]


def test_without_hard_links_it_is_renamed_and_still_never_replaces(
    staged: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_links(monkeypatch)
    (folder / "taken.mp4").write_text("mine")
    with pytest.raises(FileExistsError):
        place(staged, folder / "taken.mp4")
    assert (folder / "taken.mp4").read_text() == "mine"
    place(staged, folder / "free.mp4")
    assert (folder / "free.mp4").read_bytes() == b"the clip" * 1000
    assert is_same(staged, folder / "free.mp4"), "known again although the staged file is gone"
    assert not is_same(staged, folder / "taken.mp4")


def test_without_links_and_exclusive_renames_it_still_never_replaces(
    staged: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_links(monkeypatch)

    def no_exclusive_rename(origin: Folder, source: str, target_folder: Folder, target: str) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr("clipferry.clip.output.publish.rename_exclusively", no_exclusive_rename)
    (folder / "taken.mp4").write_text("mine")
    with pytest.raises(FileExistsError):
        place(staged, folder / "taken.mp4")
    assert (folder / "taken.mp4").read_text() == "mine"
    place(staged, folder / "free.mp4")
    assert (folder / "free.mp4").read_bytes() == b"the clip" * 1000


def test_a_clip_gets_the_mode_and_group_that_the_folder_gives_to_new_files(staged: Path, folder: Path) -> None:
    os.chown(folder, os.getuid(), 65533) if os.getuid() == 0 else None
    folder.chmod(0o2775)
    before = os.umask(0o007)
    try:
        (folder / "as the system does it").touch()
        made = publish(clip(staged), folder).stat()
    finally:
        os.umask(before)
    usual = (folder / "as the system does it").stat()
    assert (stat.S_IMODE(made.st_mode), made.st_gid) == (stat.S_IMODE(usual.st_mode), usual.st_gid)


@pytest.mark.parametrize("limit", [14, 32, 60, 143])
def test_a_name_is_as_long_as_the_folder_takes(
    staged: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(os, "pathconf", lambda path, what: limit)
    (folder / "taken").mkdir()
    title = "Ein langer Titel mit Umlauten: äöü 日本語 " * 4
    names = [publish(clip(again(staged), f"{title}[0.01-0.02].mp4"), folder).name for _ in range(3)]
    assert len({*names}) == 3
    assert all(len(name.encode()) <= limit and name.endswith(".mp4") for name in names)
    assert limit < 60 or all("[0.01-0.02]" in name for name in names), "the title gives way first"


def again(staged: Path) -> Path:
    staged.write_bytes(b"the clip" * 1000)
    return staged


@pytest.mark.parametrize("limit", [40, 100])
def test_a_folder_that_takes_shorter_names_than_it_says_gets_them(
    staged: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    link = os.link

    def with_limit(source: str, target: str, **places: int) -> None:
        if len(os.path.basename(target).encode()) > limit:  # noqa: PTH119 - as the system does
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        link(source, target, **places)

    monkeypatch.setattr(os, "link", with_limit)
    name = publish(clip(staged, f"{'Wörter und ' * 12}[0.01-0.02].mp4"), folder).name
    assert len(name.encode()) <= limit
    assert name.endswith("[0.01-0.02].mp4")


def test_a_folder_that_knows_ascii_only_gets_ascii(staged: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def ascii_only(source: str, target: str, **places: int) -> None:
        if not target.isascii():
            raise OSError(errno.EILSEQ, os.strerror(errno.EILSEQ))
        link(source, target, **places)

    monkeypatch.setattr(os, "link", ascii_only)
    assert publish(clip(staged, "Wörter [0.01-0.02].mp4"), folder).name == "Worter [0.01-0.02].mp4"
    assert publish(clip(again(staged), "日本語 [0.01-0.02].mp4"), folder).name == "video [0.01-0.02].mp4"


def test_a_folder_that_can_be_written_but_not_listed_takes_clips(staged: Path, folder: Path) -> None:
    folder.chmod(0o300)
    try:
        assert publish(clip(staged), folder).read_bytes() == b"the clip" * 1000
    finally:
        folder.chmod(0o700)


def test_onto_another_file_system(staged: Path, elsewhere: Path) -> None:
    path = publish(clip(staged), elsewhere)
    assert path.read_bytes() == b"the clip" * 1000
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert sorted(entry.name for entry in elsewhere.iterdir()) == [path.name]


def test_staging_is_on_the_folders_own_file_system(folder: Path, tmp_path: Path, elsewhere: Path) -> None:
    assert staging_root(folder, tmp_path / "cache") == tmp_path / "cache" / "staging"
    assert staging_root(elsewhere, tmp_path / "cache") == elsewhere / ".clipferry"
    assert stat.S_IMODE((elsewhere / ".clipferry").stat().st_mode) == 0o700


def test_a_planted_link_in_place_of_staging_is_not_used(tmp_path: Path, elsewhere: Path) -> None:
    (elsewhere / ".clipferry").symlink_to(tmp_path)
    assert staging_root(elsewhere, tmp_path / "cache") == tmp_path / "cache" / "staging"


def test_recovery_knows_a_placed_clip_from_a_strangers_file(staged: Path, folder: Path) -> None:
    target = folder / "clip.mp4"
    assert not is_same(staged, target)
    target.write_bytes(b"another!" * 1000)
    assert not is_same(staged, target)
    target.unlink()
    place(staged, target)
    assert is_same(staged, target)


def test_where_it_came_from_is_noted_without_credentials(staged: Path, folder: Path) -> None:
    path = publish(clip(staged), folder)
    try:
        origin = os.getxattr(path, "user.xdg.origin.url")
    except OSError as exc:
        pytest.skip(f"this file system keeps no attributes: {exc}")
    assert origin == b"https://example.org/watch?v=1"


def test_many_at_once_get_a_name_each(tmp_path: Path, folder: Path) -> None:
    staged = [tmp_path / f"{number}.mp4" for number in range(20)]
    for number, path in enumerate(staged):
        path.write_text(str(number))
    threads = [threading.Thread(target=publish, args=(clip(path), folder)) for path in staged]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.read_text() for path in folder.iterdir()) == sorted(map(str, range(20)))


def test_a_missing_folder_is_said(tmp_path: Path, staged: Path) -> None:
    with pytest.raises(FolderMissing):
        publish(clip(staged), tmp_path / "unplugged")
    (tmp_path / "file").touch()
    with pytest.raises(FolderMissing):
        check_folder(tmp_path / "file")
    with pytest.raises(FolderMissing):
        place(staged, tmp_path / "unplugged" / "clip.mp4")
    assert staged.exists()


def test_a_full_disk_leaves_nothing(staged: Path) -> None:
    os.truncate(staged, 3 << 20)
    with small_disk("1m") as disk:
        with pytest.raises(DiskFull):
            place(staged, disk / "clip.mp4")
        assert list(disk.iterdir()) == []


def test_a_read_only_disk_is_said(staged: Path) -> None:
    with small_disk("1m", read_only=True) as disk:
        with pytest.raises(FolderNotWritable):
            check_folder(disk)
        with pytest.raises(FolderNotWritable):
            place(staged, disk / "clip.mp4")
        assert list(disk.iterdir()) == []
