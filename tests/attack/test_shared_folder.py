"""Another user of this computer who may write where clips go, or where clipferry keeps its own things.

They make directories before us, put links in the place of files, and do so while we work. Real processes of another user.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clipferry.clip.disk.folder import HIDDEN_DIR
from clipferry.clip.errors import ClipError, FolderNotWritable
from clipferry.clip.model import StagedClip, Verification, Video
from clipferry.clip.output.destination import is_untouched, publish, staging_root
from clipferry.jobs.lent_cookies import CookieJars
from clipferry.jobs.staging import Staging
from clipferry.protocol.videos import Cookie
from clipferry.system.paths import Paths
from clipferry_host.private_dir import UnsafeDirectory, check_way, make_private

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
NOBODY = 65534
CONTENT = b"the clip" * 1000
SECRET = b"a private letter" * 500
BECOME = f"import os, pathlib, secrets, sys; os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY}); "
SWAPS = (
    BECOME
    + """
folder, secret = pathlib.Path(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
while True:
    for path in [*folder.iterdir(), *(folder / ".clipferry").glob("*")]:
        if path.name.startswith(("mine", "Title")):
            continue
        try:
            path.rename(folder / f"mine-{secrets.token_hex(4)}")
            path.symlink_to(secret)
        except OSError:
            pass
"""
)


def as_nobody(code: str, *arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-c", BECOME + code, *map(str, arguments)], check=True)


@contextmanager
def swapping(folder: Path, secret: Path) -> Iterator[None]:
    """Meanwhile another user replaces everything hidden in ``folder`` by links to ``secret``."""
    with subprocess.Popen([sys.executable, "-c", SWAPS, str(folder), str(secret)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            process.kill()


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder on another disk that everybody may write to, and nothing protects what others put there."""
    made = Path("/dev/shm") / f"clipferry-shared-{os.getpid()}"
    made.mkdir()
    made.chmod(0o777)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "home" / "letter.txt"
    path.parent.mkdir()
    path.write_bytes(SECRET)
    path.chmod(0o600)
    return path


def clip(path: Path) -> StagedClip:
    path.write_bytes(CONTENT)
    video = Video("example", "1", "Title", "https://example.org/watch", ())
    return StagedClip(path, "Title.mp4", len(CONTENT), Verification(1, 2, 30, 28, 0.0, "smart"), video, 1, 2, 10)


PLANTED = {
    "a directory of theirs": "pathlib.Path(sys.argv[1]).mkdir(); pathlib.Path(sys.argv[1]).chmod(0o777)",
    "a private directory of theirs": "pathlib.Path(sys.argv[1]).mkdir(mode=0o700)",
    "a link to the person's home": "os.symlink(sys.argv[2], sys.argv[1])",
    "a link to nowhere": "os.symlink('/nowhere', sys.argv[1])",
    "a file": "pathlib.Path(sys.argv[1]).touch()",
    "a pipe": "os.mkfifo(sys.argv[1])",
}


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o2775], ids=oct)
def test_what_another_user_planted_in_place_of_staging_is_not_used(
    tmp_path: Path, shared: Path, secret: Path, planted: str, mode: int
) -> None:
    os.chown(shared, 0, NOBODY)
    shared.chmod(mode)
    as_nobody(PLANTED[planted], shared / HIDDEN_DIR, secret.parent)
    staging = Staging(tmp_path / "cache")
    folder = staging.folder("job", shared)
    assert folder.is_relative_to(tmp_path / "cache"), "out of their reach"
    made = publish(clip(folder / "clip.mp4"), shared)
    assert (made.name, made.read_bytes()) == ("Title.mp4", CONTENT)
    staging.remove("job", shared)
    staging.sweep(shared, [], [])
    assert secret.read_bytes() == SECRET, "nothing is cleaned through their link"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert sorted(path.name for path in shared.iterdir()) in ([HIDDEN_DIR, "Title.mp4"], ["Title.mp4"])


def test_a_folder_that_others_may_change_is_not_worked_in(tmp_path: Path, shared: Path) -> None:
    assert staging_root(shared, tmp_path / "cache") == tmp_path / "cache" / "staging"
    shared.chmod(0o1777)
    assert staging_root(shared, tmp_path / "cache") == shared / HIDDEN_DIR, "sticky: what is ours there stays ours"
    shared.chmod(0o755)
    assert staging_root(shared, tmp_path / "cache") == shared / HIDDEN_DIR
    os.chown(shared, NOBODY, NOBODY)
    assert staging_root(shared, tmp_path / "cache") == tmp_path / "cache" / "staging", "its owner may change it as well"


@pytest.mark.parametrize("without", ["nothing", "nameless files", "nameless files and links"])
def test_a_link_that_is_swapped_in_while_a_clip_is_published_publishes_nothing_else(
    tmp_path: Path, shared: Path, secret: Path, monkeypatch: pytest.MonkeyPatch, without: str
) -> None:
    if without != "nothing":
        monkeypatch.setattr("clipferry.clip.disk.folder.Folder.create_nameless", lambda self: None)
    if without.endswith("links"):
        monkeypatch.setattr(os, "link", _no_links)
    staged = tmp_path / "staging"
    staged.mkdir(mode=0o700)
    published = 0
    with swapping(shared, secret):
        for _ in range(150):
            try:
                path = publish(clip(staged / "clip.mp4"), shared)
            except ClipError:
                continue  # they may hinder us; a folder of theirs is theirs to spoil
            published += 1
            assert not path.is_symlink()
            assert path.read_bytes() == CONTENT
            path.unlink()
    assert published > 0
    assert secret.read_bytes() == SECRET
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600, "it was not opened to others"
    assert secret.stat().st_nlink == 1, "it got no second name"
    assert not [
        path for path in shared.iterdir() if path.is_file() and not path.is_symlink() and SECRET in path.read_bytes()
    ]


def _no_links(source: object, target: object, **places: object) -> None:
    raise PermissionError(1, "no links here")


@pytest.mark.parametrize("what", ["a link", "another user's file", "their folder"])
def test_a_staged_file_that_was_replaced_is_made_again(tmp_path: Path, secret: Path, what: str) -> None:
    folder = tmp_path / "staging"
    folder.mkdir(mode=0o700)
    staged = clip(folder / "clip.mp4")
    assert is_untouched(staged.path)
    if what == "a link":
        staged.path.unlink()
        staged.path.symlink_to(secret)
    elif what == "their folder":
        folder.chmod(0o777)
        os.chown(folder, NOBODY, NOBODY)
        assert not is_untouched(staged.path)
        return
    else:
        os.chown(staged.path, NOBODY, NOBODY)
    target = tmp_path / "Downloads"
    target.mkdir()
    with pytest.raises(ClipError):
        publish(staged, target)
    assert list(target.iterdir()) == []
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def paths_below(root: Path) -> Paths:
    return Paths.from_environment({"CLIPFERRY_HOME": str(root), "CLIPFERRY_DOWNLOADS": str(root / "Downloads")})


OWN = ("runtime_dir", "data_dir", "cache_dir", "log_dir", "config_dir")


@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("how", ["theirs", "a link", "open to all", "below theirs", "below one open to all"])
def test_no_directory_of_ours_is_used_where_another_user_can_change_it(tmp_path: Path, own: str, how: str) -> None:
    root = tmp_path / "root"
    root.mkdir(mode=0o700)
    folder = getattr(paths_below(root), own)
    if how == "a link":
        (tmp_path / "elsewhere").mkdir()
        folder.symlink_to(tmp_path / "elsewhere")
    elif how.startswith("below"):
        root.chmod(0o777 if how.endswith("all") else 0o755)
        os.chown(root, *((0, 0) if how.endswith("all") else (NOBODY, NOBODY)))
    else:
        folder.mkdir()
        folder.chmod(0o777)
        os.chown(folder, *((NOBODY, NOBODY) if how == "theirs" else (0, 0)))
    if how == "open to all":  # ours, and from here on ours alone
        paths_below(root).make()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    else:
        with pytest.raises(UnsafeDirectory):
            paths_below(root).make()


@pytest.mark.parametrize("own", ["data_dir", "cache_dir", "config_dir"])
def test_clipferry_clip_reads_nothing_that_another_user_planted(tmp_path: Path, own: str) -> None:
    root = tmp_path / "root"
    root.mkdir(mode=0o700)
    folder = getattr(paths_below(root), own)
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    env = {**os.environ, "CLIPFERRY_HOME": str(root), "CLIPFERRY_DOWNLOADS": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "clipferry", "clip", "https://example.org/"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == FolderNotWritable.exit_code, done.stderr
    assert "belongs to another user" in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_a_way_through_links_is_followed_and_checked(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "open" / "inside").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "open" / "inside")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    make_private(tmp_path / "fine" / "own")
    check_way(tmp_path / "fine" / ".." / "fine" / "own")
    for bad in (tmp_path / "link" / "own", tmp_path / "circle" / "own"):
        with pytest.raises(UnsafeDirectory):
            check_way(bad)


COOKIE = Cookie(domain=".example.org", name="session", value="secret")


@pytest.mark.parametrize(
    "planted", ["a directory of theirs", "a private directory of theirs", "a link to the person's home"]
)
def test_cookies_are_neither_kept_nor_cleaned_in_a_place_of_theirs(
    tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    theirs = Path("/dev/shm") / f"clipferry-cookies-{os.getpid()}"
    monkeypatch.setattr("clipferry.jobs.lent_cookies._memory_backed", lambda runtime_dir: theirs)
    as_nobody(PLANTED[planted], theirs, secret.parent)
    try:
        run = tmp_path / "run"
        make_private(run)
        jars = CookieJars(run)
        jars.sweep([])
        assert secret.exists()
        jars.lend("job", "https://example.org/watch", [COOKIE])
        file = jars.file("job")
        assert file is not None
        assert file.is_relative_to(run)
        jars.take_back("job")
        assert jars.file("job") is None
    finally:
        theirs.unlink() if theirs.is_symlink() else shutil.rmtree(theirs)
