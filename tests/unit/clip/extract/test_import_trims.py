"""Import trims of yt-dlp: what a clip does not need is skipped or deferred, and loaded when something uses it."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORT = """
from clipferry.clip.extract import ytdlp_adapter
ytdlp_adapter.warm_up()
import sys
assert not {"mutagen", "sqlite3", "charset_normalizer", "curl_cffi", "Cryptodome.Math.Numbers"} & set(sys.modules), sorted(sys.modules)
"""
CIPHERS = """
from yt_dlp.dependencies import Cryptodome
zero = bytes(16)
assert Cryptodome.AES.new(zero, Cryptodome.AES.MODE_ECB).encrypt(zero).hex() == "66e94bd4ef8a2c3b884cfa59ca342b2e"
assert len(Cryptodome.CMAC.new(zero, zero, Cryptodome.Blowfish).hexdigest()) == 16
assert Cryptodome.PKCS1_OAEP.new(Cryptodome.RSA.generate(1024), hashAlgo=Cryptodome.SHA1).can_encrypt()
"""
ONE_SITE = """
from clipferry.clip.http.network import Network
ydl = ytdlp_adapter.warm_up()(Network(), ytdlp_adapter.options(None, Network(), None))
ydl.register("https://www.youtube.com/watch?v=BaW_jenozKc")
assert ydl.get_info_extractor("Youtube").IE_NAME == "youtube"
assert "yt_dlp.extractor.lazy_extractors" not in sys.modules
"""
OTHERS = """
from yt_dlp.extractor.youtube import YoutubeTabIE
assert YoutubeTabIE.suitable("https://www.youtube.com/@somebody")
ydl.register_all()
assert ydl.get_info_extractor("YoutubeTab").IE_NAME == "youtube:tab"
"""
AFTERWARDS = """
import mutagen, sqlite3
from mutagen.id3 import ID3
"""
OTHER_THREAD = """
import sys, threading
from clipferry.clip.extract.ytdlp_adapter.imports import trimmed
with trimmed():
    other = threading.Thread(target=lambda: __import__("mutagen"))
    other.start()
    other.join()
    assert "mutagen" in sys.modules
"""
RELOAD = """
import urllib3
from clipferry.clip.http.network import Network
before = ytdlp_adapter.warm_up()
assert ytdlp_adapter.reload_without_trims(TypeError("changed"))
after = ytdlp_adapter.warm_up()
assert after is not before
assert {"mutagen", "sqlite3"} < set(sys.modules)
assert not ytdlp_adapter.reload_without_trims(TypeError("changed again"))
after(Network(), ytdlp_adapter.options(None, Network(), None)).close()
assert type(urllib3.util.url._PERCENT_RE.re).__name__ == "Pattern", "changed by yt-dlp, once"
"""

PROGRAMS = {
    "skipped": IMPORT,
    "ciphers at their first use": IMPORT + CIPHERS,
    "one site": IMPORT + ONE_SITE,
    "the other sites when needed": IMPORT + ONE_SITE + OTHERS,
    "not skipped afterwards": IMPORT + AFTERWARDS,
    "not skipped in another thread": OTHER_THREAD,
    "reloaded without trims": IMPORT + RELOAD,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_imports(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    warnings = [line for line in done.stderr.splitlines() if "trims disabled" not in line]
    assert (done.returncode, warnings) == (0, [])
