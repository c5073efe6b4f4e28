"""Wheels of a yt-dlp that is the real one but for its version and for what a test breaks; and a package index that offers them."""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from pathlib import Path

from origin import LocalInternet

INDEX = "https://packages.test/simple"
Change = Callable[[str], str]


def ytdlp(
    folder: Path,
    version: str,
    *,
    changes: Mapping[str, Change] | None = None,
    requires: Mapping[str, str] | None = None,
) -> Path:
    """A yt-dlp wheel in ``folder``.

    Args:
        version: as its author would write it, e.g. ``2030.01.02``.
        changes: what to make of a file of the package, by its path in it (``extractor/youtube/_video.py``).
        requires: another requirement in place of each that begins like this (``{"yt-dlp-ejs==": "yt-dlp-ejs==99"}``).
    """

    def own_version(text: str) -> str:
        return re.sub(r"(?m)^__version__ = .*", f"__version__ = {version!r}", text)

    def head(text: str) -> str:
        for begin, instead in (requires or {}).items():
            text, count = re.subn(rf"(?m)^Requires-Dist: {re.escape(begin)}[^;\n]*", f"Requires-Dist: {instead}", text)
            assert count, begin
        return text

    return _wheel(folder, "yt-dlp", "yt_dlp", version, {"version.py": own_version, **(changes or {})}, head)


def ejs(folder: Path, version: str) -> Path:
    """A wheel of yt-dlp's JavaScript part."""
    own = {"_version.py": lambda text: re.sub(r"(?m)^(__version__ = version = ).*", rf"\g<1>'{version}'", text)}
    return _wheel(folder, "yt-dlp-ejs", "yt_dlp_ejs", version, own, lambda text: text)


def broken_import(text: str) -> str:
    """For ``__init__.py``."""
    return f"raise ImportError('cut off')\n{text}"


def after_extraction(kind: str, line: str) -> Change:
    """For an extractor's file: run ``line`` with ``info`` at hand when the class ``kind`` has read a page."""
    return lambda text: (
        f"{text}\n\ndef _real_extract(self, url, _before={kind}._real_extract):\n"
        f"    info = _before(self, url)\n    {line}\n    return info\n\n\n{kind}._real_extract = _real_extract\n"
    )


YOUTUBE, INSTAGRAM = "extractor/youtube/_video.py", "extractor/instagram.py"


def titled(mark: str) -> dict[str, Change]:
    """Changes by which a test sees that this version was at work: every title on YouTube begins with ``mark``."""
    return {YOUTUBE: after_extraction("YoutubeIE", f"info['title'] = {mark!r} + info['title']")}


def stumbling() -> dict[str, Change]:
    """Changes with which everything works but YouTube and Instagram: a mistake as yt-dlp has had them."""
    return {
        YOUTUBE: after_extraction("YoutubeIE", "info['no such key']"),
        INSTAGRAM: after_extraction("InstagramIE", "info['no such key']"),
    }


def _wheel(folder: Path, name: str, package: str, version: str, changes: Mapping[str, Change], head: Change) -> Path:
    """The installed distribution ``name`` as a wheel again (binary distribution format, PEP 427)."""
    about = f"{package}-{_normal(version)}.dist-info"
    path = folder / f"{package}-{_normal(version)}-py3-none-any.whl"
    record = []
    missing = dict(changes)
    with zipfile.ZipFile(path, "w") as wheel:  # stored: it is read once

        def add(inside: str, content: bytes) -> None:
            wheel.writestr(inside, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{inside},sha256={digest},{len(content)}")

        for file in metadata.files(name) or ():
            top, _, rest = str(file).partition("/")
            if top == package and not rest.endswith(".pyc"):
                content = Path(file.locate()).read_bytes()
                if change := missing.pop(rest, None):
                    content = change(content.decode()).encode()
                add(str(file), content)
        text = metadata.distribution(name).read_text("METADATA") or ""
        add(f"{about}/METADATA", head(re.sub(r"(?m)^Version: .*", f"Version: {_normal(version)}", text)).encode())
        add(f"{about}/WHEEL", b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "\n".join([*record, f"{about}/RECORD,,"]) + "\n")
    assert not missing, f"not in {name}: {sorted(missing)}"
    return path


def _normal(version: str) -> str:
    return ".".join(part.lstrip("0") or "0" for part in version.split("."))


class Index:
    """``packages.test``: a simple repository (PEP 503) behind the local internet's proxy and authority."""

    def __init__(self, site: LocalInternet) -> None:
        self._site = site
        self.offer("yt-dlp", [])
        self.offer("yt-dlp-ejs", [])

    def offer(self, name: str, wheels: Iterable[Path], *, checksum: str | None = None) -> None:
        """Offer these and no others. ``checksum``: a wrong one, instead of theirs."""
        links = []
        for wheel in wheels:
            path = self._site.publish(wheel).removeprefix("https://video.example")
            digest = checksum or hashlib.sha256(wheel.read_bytes()).hexdigest()
            links.append(f'<a href="https://packages.test{path}#sha256={digest}">{wheel.name}</a>')
        self._site.put(f"{INDEX}/{name}/", f"<!doctype html><html><body>{''.join(links)}</body></html>")
