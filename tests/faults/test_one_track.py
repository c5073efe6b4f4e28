"""Files that hold one track only, which nobody could know before they are opened."""

from __future__ import annotations

import pytest

from clipferry.clip.errors import InvalidOutput, NoFormats
from clipferry.clip.model import ClipRequest, Output, OutputKind
from clipferry.clip.pipeline import make_clip
from faults.reading import Bench
from origin import media, verify


@pytest.mark.parametrize("kind", [OutputKind.MP4, OutputKind.MKV])
@pytest.mark.parametrize(("name", "sound"), [("sound.m4a", "aac"), ("sound.webm", "opus"), ("sound.mp4", "aac")])
def test_sound_alone_is_called_so(bench: Bench, name: str, sound: str, kind: OutputKind) -> None:
    url = bench.site.publish(media.remux(name, None, media.SOUNDS[sound], *(("-f", "mp4") if sound == "aac" else ())))
    with pytest.raises(NoFormats, match="sound without a picture") as refused:
        make_clip(
            ClipRequest(url, 1.0, 2.0, output=Output(kind)), staging_dir=bench.store / "job", network=bench.network
        )
    assert "M4A" in refused.value.hint
    clip = make_clip(
        ClipRequest(url, 1.0, 2.0, output=Output(OutputKind.M4A)),
        staging_dir=bench.store / "sound",
        network=bench.network,
    )
    assert verify.track(clip.path).end_s == pytest.approx(1.0, abs=0.03)


def test_a_picture_without_sound_is_called_so(bench: Bench) -> None:
    url = bench.site.publish(media.remux("silent.mp4", media.PICTURES["h264"], None))
    with pytest.raises(InvalidOutput, match="no sound"):
        make_clip(
            ClipRequest(url, 1.0, 2.0, output=Output(OutputKind.M4A)),
            staging_dir=bench.store / "job",
            network=bench.network,
        )
