"""Audio without a container, as HLS packs it (RFC 8216, section 3.4): ID3 tags with the time, then frames of AAC in ADTS
(ISO/IEC 13818-7, 6.2) or of MP3 (ISO/IEC 11172-3, 2.4.1). Pure."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from ..errors import BadMedia
from .mp4.boxes import box

CLOCK: Final = 90_000
_OWNER: Final = b"com.apple.streaming.transportStreamTimestamp\0"
MAX_FRAMES: Final = 100_000
"""Of one segment: half an hour of audio."""
MAX_FRAME_BYTES: Final = 8192
"""ADTS counts 13 bits; MP3's are shorter."""
_FRAME_HEAD: Final = 7
_TAG_HEAD: Final = 10
_AAC_RATES: Final = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_MP3_RATES: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""By the two bits of the version: MPEG-1, MPEG-2, MPEG-2.5."""
_MP3_KBITS_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_KBITS_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_AAC, _MPEG_1_AUDIO, _MPEG_2_AUDIO = 0x40, 0x6B, 0x69
"""Object types (ISO/IEC 14496-1, table 5)."""


class Sound(NamedTuple):
    """What a decoder has to know."""

    object_type: int
    rate: int
    channels: int
    frame: int
    """Samples in a frame."""
    config: bytes
    """AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1); empty for MP3, whose frames need none."""


class Segment(NamedTuple):
    """One segment: ``data`` is its frames alone, ``sizes`` how long each is."""

    sound: Sound
    time: int | None
    """Of the first sample, in 1/90000 s on a clock of 33 bits; ``None``: the segment has none."""
    sizes: tuple[int, ...]
    data: bytes


def packed(start: bytes) -> bool:
    """Return whether a segment that begins so (two bytes or more) is packed audio."""
    return start[:3] == b"ID3" or (len(start) > 1 and start[0] == 0xFF and start[1] & 0xE0 == 0xE0)


def tag_size(head: bytes) -> int:
    """Return the size of the ID3 tag (ID3v2.4, section 3.1) that begins with these ten bytes; 0: there is none."""
    if len(head) < _TAG_HEAD or head[:3] != b"ID3":
        return 0
    return _TAG_HEAD + _synchsafe(head[6:10]) + (_TAG_HEAD if head[5] & 0x10 else 0)


def tag_time(tag: bytes) -> int | None:
    """Return the time in a whole ID3 tag, in 1/90000 s; ``None``: it holds none."""
    at, end = _TAG_HEAD, min(len(tag), _TAG_HEAD + _synchsafe(tag[6:10]))
    while at + _TAG_HEAD < end and tag[at] != 0:
        size = _synchsafe(tag[at + 4 : at + 8]) if tag[3] >= 4 else int.from_bytes(tag[at + 4 : at + 8], "big")
        content = tag[at + _TAG_HEAD : min(end, at + _TAG_HEAD + size)]
        if tag[at : at + 4] == b"PRIV" and content.startswith(_OWNER) and len(content) >= len(_OWNER) + 8:
            return int.from_bytes(content[len(_OWNER) :][:8], "big") & ((1 << 33) - 1)
        at += _TAG_HEAD + size
    return None


def _synchsafe(data: bytes) -> int:
    """Seven bits of each byte."""
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
    return value


def segment(data: bytes) -> Segment:
    """Return a whole segment, read.

    Raises:
        BadMedia: it is not AAC or MP3, or changes inside.
    """
    at, time = 0, None
    sound: Sound | None = None
    sizes: list[int] = []
    frames: list[bytes] = []
    while at + 4 <= len(data):
        if size := tag_size(data[at : at + _TAG_HEAD]):
            time = tag_time(data[at : at + size]) if time is None and not sizes else time
            at += size
            continue
        found, head, size = _frame(data, at)
        if sound is not None and found != sound:
            raise BadMedia("audio_changes")
        if len(sizes) >= MAX_FRAMES:
            raise BadMedia(detail="a segment of too many frames")
        sound = found
        if at + size > len(data):
            break  # cut off: a frame that is not whole cannot be heard
        frames.append(data[at + head : at + size])
        sizes.append(size - head)
        at += size
    if sound is None or not sizes:
        raise BadMedia(detail="a segment without sound")
    return Segment(sound, time, tuple(sizes), b"".join(frames))


def frame(data: bytes, at: int) -> tuple[Sound, int, int] | None:
    """Return of the frame at ``at``: its format, the size of its head that is not passed on, and its size; ``None``: there is none."""
    if at + _FRAME_HEAD > len(data) or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    try:
        return _frame(data, at)
    except BadMedia:
        return None


def bit_rate(head: bytes) -> int:
    """Bits per second of the MP3 frame whose first four bytes these are."""
    first = head[1] >> 3 & 3 == 3
    return 1000 * (_MP3_KBITS_1 if first else _MP3_KBITS_2)[head[2] >> 4]


def _frame(data: bytes, at: int) -> tuple[Sound, int, int]:
    """Return of the frame at ``at``: its format, the size of the head that is not passed on, its size with that."""
    if data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        raise BadMedia("audio_unreadable", detail=data[at : at + 8].hex())
    return _adts(data, at) if data[at + 1] & 0xF6 == 0xF0 else _mp3(data, at)


def _adts(data: bytes, at: int) -> tuple[Sound, int, int]:
    head = 7 if data[at + 1] & 1 else 9
    if at + head > len(data):
        raise BadMedia(detail="ADTS ends too soon")
    kind, rate = (data[at + 2] >> 6) + 1, data[at + 2] >> 2 & 15
    channels = (data[at + 2] & 1) << 2 | data[at + 3] >> 6
    size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    if rate >= len(_AAC_RATES) or channels == 0 or data[at + 6] & 3 or size <= head:
        raise BadMedia("audio_unreadable", detail=data[at : at + 7].hex())
    config = (kind << 11 | rate << 7 | channels << 3).to_bytes(2, "big")
    return Sound(_AAC, _AAC_RATES[rate], 8 if channels == 7 else channels, 1024, config), head, size


def _mp3(data: bytes, at: int) -> tuple[Sound, int, int]:
    version, layer = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3
    kbits, rate = data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or layer != 1 or kbits in (0, 15) or rate == 3:
        raise BadMedia("audio_unreadable", detail=data[at : at + 4].hex())
    hertz, first = _MP3_RATES[version][rate], version == 3
    per_byte = (144 if first else 72) * 1000 * (_MP3_KBITS_1 if first else _MP3_KBITS_2)[kbits]
    channels = 1 if data[at + 3] >> 6 == 3 else 2
    made = Sound(_MPEG_1_AUDIO if first else _MPEG_2_AUDIO, hertz, channels, 1152 if first else 576, b"")
    return made, 0, per_byte // hertz + (data[at + 2] >> 1 & 1)


def init(sound: Sound) -> bytes:
    """Return an initialisation segment for fragments of such frames, one track, its clock the audio's own samples."""
    config = b"\x05" + bytes([len(sound.config)]) + sound.config if sound.config else b""
    decoder = bytes([0x04, 13 + len(config), sound.object_type, 0x15]) + bytes(11) + config
    # ES_Descriptor (ISO/IEC 14496-1, 7.2.6.5): the decoder's configuration, then the SLConfig that MP4 prescribes.
    descriptor = struct.pack(">BBHB", 0x03, 3 + len(decoder) + 3, 1, 0) + decoder + b"\x06\x01\x02"
    rate = sound.rate << 16 if sound.rate < 1 << 16 else 0
    entry = bytes(6) + struct.pack(">HQHHII", 1, 0, sound.channels, 16, 0, rate)
    stsd = struct.pack(">II", 0, 1) + box(b"mp4a", entry + box(b"esds", bytes(4) + descriptor))
    tables = b"".join(box(kind, bytes(8)) for kind in (b"stts", b"stsc", b"stco")) + box(b"stsz", bytes(12))
    dref = box(b"dref", struct.pack(">II", 0, 1) + box(b"url ", b"\0\0\0\1"))
    minf = box(b"smhd", bytes(8)) + box(b"dinf", dref) + box(b"stbl", box(b"stsd", stsd) + tables)
    mdhd = struct.pack(">IIIIIHH", 0, 0, 0, sound.rate, 0, 0x55C4, 0)
    mdia = box(b"mdhd", mdhd) + box(b"hdlr", bytes(8) + b"soun" + bytes(13)) + box(b"minf", minf)
    matrix = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    tkhd = struct.pack(">IIIIII8xHHHH", 7, 0, 0, 1, 0, 0, 0, 0, 0x0100, 0) + matrix + bytes(8)
    mvhd = struct.pack(">IIIIIIH10x", 0, 0, 0, 1000, 0, 1 << 16, 0x0100) + matrix + bytes(24) + struct.pack(">I", 2)
    trex = box(b"trex", struct.pack(">6I", 0, 1, 1, 0, 0, 0))
    trak = box(b"trak", box(b"tkhd", tkhd) + box(b"mdia", mdia))
    return box(b"ftyp", b"iso5\0\0\2\0iso5iso6mp41") + box(b"moov", box(b"mvhd", mvhd) + trak + box(b"mvex", trex))
