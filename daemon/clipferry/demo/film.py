"""Render the demo's film: every frame shows its time and number, every second has its own note."""

from __future__ import annotations

import math
import secrets
from array import array
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, FPS, LENGTH_S = 640, 360, 25, 40
SAMPLE_RATE = 48_000
_VERSION = 1
"""Incremented when the film changes, so that a cached one is rendered anew."""
_GOP_S = 2
_SCALE_HZ = [220 * 2 ** (semitone / 12) for semitone in (0, 2, 4, 7, 9, 12, 14, 16)]
"""A pentatonic scale: no two of its notes clash."""


def film(cache_dir: Path) -> Path:
    """Return the film as an MP4 file (H.264 and AAC, index in front), rendered at the first call: some seconds."""
    path = cache_dir / "demo" / f"film-{_VERSION}.mp4"
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{secrets.token_hex(6)}.mp4")
    try:
        _draw(scratch)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return path


def _draw(path: Path) -> None:
    with av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as out:
        video = out.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "23", "tune": "animation"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.codec_context.gop_size = _GOP_S * FPS
        audio = out.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        audio.bit_rate = 96_000
        picture = _Picture()
        for number in range(LENGTH_S * FPS):
            frame = av.VideoFrame(WIDTH, HEIGHT, "rgb24")
            frame.planes[0].update(picture.draw(number).tobytes())
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(video.encode(frame))
            if number % FPS == 0:
                out.mux(audio.encode(_note(number // FPS)))
        out.mux(video.encode(None))
        out.mux(audio.encode(None))


class _Picture:
    """Renders one frame after another; the static parts are drawn once."""

    def __init__(self) -> None:
        # Twice as wide as the picture and the same at both ends, so that it can glide by without a seam.
        hue = Image.linear_gradient("L").rotate(90).resize((2 * WIDTH, HEIGHT))
        plain = Image.new("L", hue.size, 150)
        shade = Image.linear_gradient("L").resize(hue.size).point(lambda level: 210 - level // 2)
        self._sky = Image.merge("HSV", (hue, plain, shade)).convert("RGB")
        self._large, self._small = ImageFont.load_default(84), ImageFont.load_default(24)

    def draw(self, number: int) -> Image.Image:
        time_s = number / FPS
        left = round(WIDTH * time_s / LENGTH_S)
        picture = self._sky.crop((left, 0, left + WIDTH, HEIGHT))
        pen = ImageDraw.Draw(picture)
        angle = 2 * math.pi * time_s
        x, y = WIDTH / 2 + 250 * math.sin(angle / 4), 70 + 30 * math.cos(angle)
        pen.ellipse((x - 18, y - 18, x + 18, y + 18), fill="white")
        clock = f"{int(time_s) // 60}:{time_s % 60:06.3f}"
        pen.text((WIDTH / 2, 190), clock, fill="white", font=self._large, anchor="mm")
        pen.text((WIDTH / 2, 260), f"picture {number}", fill="white", font=self._small, anchor="mm")
        pen.rectangle((40, 320, WIDTH - 40, 326), fill=(255, 255, 255))
        pen.rectangle((40, 318, 40 + (WIDTH - 80) * time_s / LENGTH_S, 328), fill=(255, 92, 92))
        return picture


def _note(second: int) -> av.AudioFrame:
    """Synthesise one second of audio: a soft, fading note."""
    step = 2 * math.pi * _SCALE_HZ[second % len(_SCALE_HZ)] / SAMPLE_RATE
    fade = -4 / SAMPLE_RATE
    attack = SAMPLE_RATE / 100
    samples = array(
        "h", (round(9000 * min(1, i / attack) * math.exp(fade * i) * math.sin(step * i)) for i in range(SAMPLE_RATE))
    )
    frame = av.AudioFrame("s16", "mono", SAMPLE_RATE)
    frame.planes[0].update(samples.tobytes())
    frame.sample_rate, frame.time_base = SAMPLE_RATE, Fraction(1, SAMPLE_RATE)
    frame.pts = second * SAMPLE_RATE
    return frame
