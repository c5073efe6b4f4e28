"""What is really in a finished file: picture numbers, sound positions, copied packets."""

from .frames import Pictures, frame_numbers, pictures
from .packets import copied_frames, interior_is_copied, packet_hashes, times_of
from .sound import Offset, Track, av_offsets, constant, sound_position, sound_seconds, track

__all__ = [
    "Offset",
    "Pictures",
    "Track",
    "av_offsets",
    "constant",
    "copied_frames",
    "frame_numbers",
    "interior_is_copied",
    "packet_hashes",
    "pictures",
    "sound_position",
    "sound_seconds",
    "times_of",
    "track",
]
