"""yt-dlp is imported without what a clip does not need, and what a few sites need is there when they use it."""

from __future__ import annotations

import subprocess
import sys

import pytest

SPARED = """
from clipferry.clip.extract import ytdlp_adapter as extractor
extractor.warm_up()
import sys
spared = {"mutagen", "sqlite3", "charset_normalizer", "asyncio.events", "websockets.frames", "Cryptodome.Math.Numbers"}
assert not spared & set(sys.modules), sorted(sys.modules)
assert type(sys.modules["yt_dlp.webvtt"]).__name__ == "_LazyModule"
"""
PUT_OFF = """
from yt_dlp.downloader.hls import webvtt
assert [type(block).__name__ for block in webvtt.parse_fragment(b"WEBVTT\\n\\n")] == ["Magic"]
from yt_dlp.dependencies import Cryptodome
zero = bytes(16)
assert Cryptodome.AES.new(zero, Cryptodome.AES.MODE_ECB).encrypt(zero).hex() == "66e94bd4ef8a2c3b884cfa59ca342b2e"
assert len(Cryptodome.CMAC.new(zero, zero, Cryptodome.Blowfish).hexdigest()) == 16
assert Cryptodome.PKCS1_OAEP.new(Cryptodome.RSA.generate(1024), hashAlgo=Cryptodome.SHA1).can_encrypt()
"""
BROADCASTS = """
from yt_dlp.networking.common import _REQUEST_HANDLERS
from clipferry.clip.extract.import_trims import broadcasts
assert "Websockets" not in _REQUEST_HANDLERS
broadcasts()
assert "Websockets" in _REQUEST_HANDLERS
from yt_dlp.downloader.websocket import asyncio
assert asyncio.run(asyncio.sleep(0, 7)) == 7
"""
ONE_SITE = """
from clipferry.clip.http.network import Network
given = extractor.options(None, Network(), None)
asked = extractor.warm_up()(Network(), given)
asked.know("https://www.youtube.com/watch?v=BaW_jenozKc")
assert asked.get_info_extractor("Youtube").IE_NAME == "youtube"
assert not {"yt_dlp.extractor.lazy_extractors", "yt_dlp.extractor.youtube._tab"} & set(sys.modules)
"""
OTHERS = """
from yt_dlp.extractor.youtube import YoutubeTabIE, YoutubeIE
assert YoutubeTabIE.suitable("https://www.youtube.com/@somebody")
mirror = "https://yewtu.be/watch?v=BaW_jenozKc"
quick = asked.get_info_extractor("Youtube")
assert isinstance(quick, YoutubeIE) and not quick.suitable(mirror)
asked.know_all()
assert type(asked.get_info_extractor("Youtube")) is YoutubeIE and YoutubeIE.suitable(mirror)
assert asked.get_info_extractor("YoutubeTab").IE_NAME == "youtube:tab"
"""
AFTERWARDS = """
import mutagen, sqlite3
from mutagen.id3 import ID3
"""
MEANWHILE = """
import threading
from clipferry.clip.extract.import_trims import sparing
with sparing():
    other = threading.Thread(target=lambda: __import__("mutagen"))
    other.start()
    other.join()
    import sys
    assert "mutagen" in sys.modules
"""


PROGRAMS = {
    "left out": SPARED,
    "put off": SPARED + PUT_OFF,
    "web sockets when asked for": SPARED + BROADCASTS,
    "the other sites": SPARED + ONE_SITE,
    "the other sites when asked for": SPARED + ONE_SITE + OTHERS,
    "there for others afterwards": SPARED + AFTERWARDS,
    "there for others meanwhile": MEANWHILE,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_what_is_spared(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
