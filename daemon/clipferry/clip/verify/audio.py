"""Verification of the audio track of a finished clip."""

from __future__ import annotations

from array import array

from av.audio.stream import AudioStream
from av.container import InputContainer

from ..container.codec_support import codec_name
from ..cut.packets import AnyPacket, pts_of
from ..cut.record.content_checksum import PacketContent
from ..cut.record.packet_fingerprints import add_packet
from ..cut.record.report import AudioReport, SourceRecord
from .check import check
from .source_audio import FileAudio, check_copied, check_nothing_before, source_audio, wanted_rows

_LOOSE_S = 0.005
"""Matroska's milliseconds, rounded three times; an offset of 20 ms between audio and video is noticeable."""

_NEGLIGIBLE_S = 0.1
"""Less audio may be missing."""


class AudioTrackCheck:
    """The audio track: its start and end, and that nothing between is missing."""

    def __init__(self, stream: AudioStream) -> None:
        self.index = stream.index
        self._stream = stream
        self._times, self._checksums = array("q"), array("L")
        self._content = PacketContent(codec_name(stream.codec_context.name), stream.codec_context.extradata)
        self._fingerprint = 0
        self._tick_s = float(stream.time_base or 0)
        self._count = 0
        self._start = self._last = self._longest = 0
        self._duration: int | None = None
        """Of the last packet; ``None``: the container does not store it (AAC in Matroska)."""

    def add(self, packet: AnyPacket) -> None:
        pts = pts_of(packet)
        if not self._count:
            self._start = self._last = pts
        self._longest = max(self._longest, pts - self._last)
        self._last, self._duration = pts, packet.duration or None
        self._count += 1
        self._fingerprint = add_packet(packet, self._fingerprint)
        self._times.append(pts)
        self._checksums.append(self._content.checksum(packet))

    def check(self, report: AudioReport, video_start_s: float) -> float:
        """Compare with the report.

        Returns:
            How much later than the video the audio begins, in seconds, at least 0: what begins earlier is hidden by an edit list or is less
            than a frame of audio.
        """
        check(self._count == report.packets, f"{self._count} packets of sound, not {report.packets}")
        written = report.fingerprint
        check(written is None or written == self._fingerprint, "the sound's packets are not those that were written")
        start_s = self._start * self._tick_s - video_start_s
        self._near(start_s, report.start_s, "sound begins")
        self._near(self._longest * self._tick_s, report.longest_step_s, "the longest step of the sound is")
        last_s = self._last * self._tick_s - video_start_s
        self._near(last_s, report.last_s, "the last of the sound is at")
        if self._duration is not None:
            end_s = last_s + self._duration * self._tick_s
            whole_s = max(report.end_s, report.last_s + report.longest_step_s)
            # Only AAC, ALAC and Opus can play a part of the last packet: others play it to its end.
            enough = report.end_s - _LOOSE_S < end_s < whole_s + _LOOSE_S
            check(enough, f"sound ends {end_s:.4f} s, not between {report.end_s:.4f} s and {whole_s:.4f} s")
        return max(start_s, 0.0)

    def check_source(
        self,
        media: InputContainer,
        report: AudioReport,
        source_record: SourceRecord,
        *,
        zero_s: float,
        file_zero_s: float,
        video_end_s: float | None,
    ) -> None:
        """Compare with the source.

        Args:
            media: the file, demuxed to its end.
            zero_s: the presentation time that is 0 in the clip.
            file_zero_s: the same on the file's clock.
            video_end_s: on the clip's clock; ``None``: there is no video.
        """
        log = (source_record.audio_log or source_record.log).audio
        if log is None:
            return
        length_s = None if source_record.end_s is None else source_record.end_s - zero_s
        if source_record.open_end and video_end_s is not None:
            length_s = video_end_s if length_s is None else min(length_s, video_end_s)
        if not source_record.whole:
            check_nothing_before(source_record, log, zero_s)
        if report.copied:
            begin_s = [pts * self._tick_s - file_zero_s for pts in self._times]
            check_copied(FileAudio(begin_s, self._checksums), source_record, log, zero_s, length_s)
            return
        audio = source_audio(log, zero_s)
        rows = wanted_rows(audio, log, length_s)
        if not rows:
            return
        ends_s = max(audio.end_s(row) for row in rows)
        ends_s = ends_s if length_s is None else min(ends_s, length_s)
        from .audio_compare import check_same_audio, file_runs, source_runs  # noqa: PLC0415 - only for audio that was encoded

        check_same_audio(source_runs(log, zero_s), file_runs(media, self._stream, file_zero_s, ends_s), ends_s)

    @staticmethod
    def _near(measured_s: float, expected_s: float, what: str) -> None:
        check(abs(measured_s - expected_s) < _LOOSE_S, f"{what} {measured_s:.4f} s, not {expected_s:.4f} s")


def check_no_audio(source_record: SourceRecord, zero_s: float) -> None:
    """Check that the source has no audio that decodes, for a clip without an audio track.

    Raises:
        VerificationFailed: it has.
    """
    log = (source_record.audio_log or source_record.log).audio
    if log is None:
        return
    length_s = None if source_record.end_s is None else source_record.end_s - zero_s
    audio = source_audio(log, zero_s)
    audio_s = sum(audio.length_s[row] for row in wanted_rows(audio, log, length_s))
    if audio_s > _NEGLIGIBLE_S:
        from .audio_compare import source_runs  # noqa: PLC0415

        check(not source_runs(log, zero_s), f"no sound, though the source has {audio_s:.2f} s of it")
