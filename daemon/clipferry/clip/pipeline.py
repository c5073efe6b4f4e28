"""Make one clip, from a link to a finished, verified file: resolve, plan, fetch, cut, verify; and report progress.

Independent of jobs. What a killed attempt fetched stays in ``staging_dir`` and is used again by the next.
This file is a little over 300 lines: it is the one sequence of all stages, and reads best in one piece.
"""

from __future__ import annotations

import contextlib
import logging
import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .deferred_imports import Loading
from .disk.folder_errors import os_errors
from .disk.space import allocated_bytes, check_space
from .errors import (
    BadMedia,
    NetworkError,
    NothingRecorded,
    RangeOutsideVideo,
    SiteError,
    VerificationFailed,
)
from .extract import resolve
from .format_selection import SHORT_S, ClipPlan, check_range, make_plan, until_end, with_link_range
from .http.network import Network
from .memory import few_arenas
from .model import (
    ClipRequest,
    CutMode,
    Delivery,
    Ended,
    Live,
    MediaSource,
    OutputKind,
    Stage,
    StagedClip,
    Verification,
    Video,
    Window,
)
from .omitted import omitted, with_note
from .output import file_name
from .output.extras import Extras
from .recording import note
from .recording_state import keep, kept
from .run_context import RunContext
from .video_access import VideoAccess

if TYPE_CHECKING:
    from .output.transcode import TranscodeContext

log = logging.getLogger(__name__)

STORE_DIR = "bytes"
"""Inside ``staging_dir``: the fetched bytes, to resume from after an interruption."""
_FRAME_S = 0.2
"""A clip that ends this little before its planned end has all of its frames."""


def make_clip(
    request: ClipRequest,
    *,
    staging_dir: Path,
    network: Network,
    run: RunContext | None = None,
    resolving: resolve.Resolving | None = None,
    ffmpeg: Path | None = None,
) -> StagedClip:
    """Make the clip of ``request`` as a finished file inside ``staging_dir``: synced to disk, verified, named.

    Args:
        staging_dir: private to this clip; may hold the bytes of an earlier attempt.
        run: progress, cancellation and limits.
        resolving: cache of resolved videos, and who queries the site.
        ffmpeg: the program for MP3, FLAC, GIF and WebP; ``None``: it is located when it is needed.

    Raises:
        ClipError: every failure; nothing but resumable bytes is left in ``staging_dir``.
    """
    file_name.check_template(request.name_template or file_name.DEFAULT_TEMPLATE)
    check_range(request.start_s, request.end_s, None)
    run, resolving = run or RunContext(), resolving or resolve.Resolving()
    access = VideoAccess(request, network, run, resolving)
    with os_errors(staging_dir):
        (staging_dir / STORE_DIR).mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(staging_dir)
    run.meter.stage(Stage.RESOLVING)
    few_arenas()
    earlier = kept(staging_dir)
    if earlier is None and run.recording.stopped:
        raise NothingRecorded
    elsewhere = resolving.extract is not None
    if earlier is None and not elsewhere and not access.known():
        from .extract.ytdlp_adapter import warm_up  # noqa: PLC0415 - not where another process queries the site

        warm_up()
    with Loading(network, at_once=elsewhere) as loading:
        video = access.resolve(loading.begin) if earlier is None else access.resume(earlier)
        run.check()
        run.on_video(video)
        request = with_link_range(request, video)
        plan = make_plan(request, video)
    job = _Job(request, staging_dir, network, access, ffmpeg, run)
    try:
        try:
            return job.make(video, plan)
        except SiteError:
            if (offered := access.changed(plan)) is None:
                raise
        _sweep(staging_dir)
        return job.make(offered, make_plan(request, offered))
    except BaseException:
        _sweep(staging_dir)
        raise


def _sweep(staging_dir: Path) -> None:
    """Delete what is neither a finished clip nor fetched bytes."""
    for path in staging_dir.glob("clip*"):
        with contextlib.suppress(OSError):
            path.unlink()


def _hls_zero_s(source: MediaSource | None) -> float | None:
    """Return presentation time 0 on the clock of an HLS source's segments; ``None`` for other sources."""
    if source is None or source.format.delivery is not Delivery.HLS:
        return None
    zero_s: float = source.zero_s()  # type: ignore[attr-defined]  # HLS sources have it
    return zero_s


@dataclass(slots=True)
class _Job:
    request: ClipRequest
    staging_dir: Path
    network: Network
    access: VideoAccess
    ffmpeg: Path | None
    run: RunContext

    def make(self, video: Video, plan: ClipPlan) -> StagedClip:
        with ExitStack() as stack:
            self.run.meter.stage(Stage.FETCHING)
            live = video.live is Live.NOW
            if live:
                plan = self._begin_recording(plan)
            video_source, audio_source = stack.enter_context(
                self.access.sources(plan, video, self.staging_dir / STORE_DIR)
            )
            zero_s = partial(_hls_zero_s, video_source)
            extras = Extras(
                plan, video, self.network, self.run.cancelled, zero_s
            )  # after the indexes, which everything waits for
            if live:
                keep(self.staging_dir, video)
            length_s = self._length_s(video, video_source, audio_source)
            plan = self._refine(plan, video, length_s, video_source, audio_source)
            try:
                target, proof = self._produce(plan, video, video_source, audio_source, extras)
            except (BadMedia, RangeOutsideVideo, NetworkError) as error:
                if live and self.run.recording.stopped and not self.run.recording.seconds:
                    raise NothingRecorded from error
                raise
            if live:
                plan, proof = self._end_recording(plan, proof)
            proof = with_note(proof, [*omitted(plan, video, proof), *extras.problems()])
            self.run.check()
            self.run.meter.stage(Stage.PUBLISHING)
            with os_errors(target.parent), target.open("rb+") as file:
                os.fsync(file.fileno())
        size = target.stat().st_size
        end_s = plan.end_s if plan.end_s is not None else self._end_s(proof, video_source or audio_source)
        return StagedClip(
            path=target,
            name=file_name.file_name(
                video,
                self.request.start_s,
                end_s if self.request.end_s is not None or (live and not plan.whole) else None,
                plan.output.kind,
                self.request.name_template,
                height=plan.height,
            ),
            size_bytes=size,
            proof=proof,
            video=video,
            start_s=plan.start_s,
            end_s=end_s,
            fetched_bytes=self.run.meter.done_bytes,
        )

    def _begin_recording(self, plan: ClipPlan) -> ClipPlan:
        self.run.recording.on_progress = self.run.meter.recorded
        self.run.meter.recorded(0.0, 0)
        return replace(plan, end_s=self.run.recording.begin(plan.start_s, plan.end_s))

    def _end_recording(self, plan: ClipPlan, proof: Verification) -> tuple[ClipPlan, Verification]:
        """Return the plan and the verification with the real end of the recording, and the reason if it is not the requested one."""
        assert plan.end_s is not None
        if proof.end_s < plan.end_s - _FRAME_S:
            plan, ended = replace(plan, end_s=round(proof.end_s, 3)), self.run.recording.ended
        else:
            ended = None if plan.end_s == self.request.end_s else Ended.LENGTH
        notes = [text for text in (proof.note, note(ended, self.run.recording.limits)) if text]
        return plan, replace(proof, ended=ended, note=" ".join(notes) or None)

    @staticmethod
    def _length_s(video: Video, *sources: MediaSource | None) -> float | None:
        """Return the length of the longer track: by the sources' indexes if all have one, otherwise by the site."""
        lengths = [source.duration_s() for source in sources if source is not None]
        known = [length for length in lengths if length is not None]
        return max(known) if len(known) == len(lengths) else video.duration_s

    def _refine(self, plan: ClipPlan, video: Video, length_s: float | None, *sources: MediaSource | None) -> ClipPlan:
        """Open the plan at its end if that is at or past the length of the video, whose exact end only the stream has."""
        if length_s is None or video.live is Live.NOW:
            return plan
        check_range(self.request.start_s, self.request.end_s, length_s, video.live, short_s=SHORT_S)
        nominal = [source.nominal_s() for source in sources if source is not None]
        nominal_s = max((length for length in nominal if length is not None), default=None)
        site_s = (
            video.duration_s if video.duration_s and video.duration_s % 1 else None
        )  # a length in whole seconds is rounded
        also = [known for known in (nominal_s, site_s) if known is not None and abs(known - length_s) < SHORT_S]
        return until_end(plan, [length_s, *also])

    def _end_s(self, proof: Verification, source: MediaSource | None) -> float:
        """Return the end of a clip that goes to the end of the video: that, or the end mark that was set for it."""
        mark_s = self.request.end_s
        if mark_s is None or proof.end_s > mark_s + _FRAME_S:
            return proof.end_s if mark_s is None else round(proof.end_s, 3)
        length_s = source.duration_s() if source is not None else None
        return min(mark_s, max(length_s or 0.0, round(proof.end_s, 3)))

    def _produce(
        self,
        plan: ClipPlan,
        video: Video,
        video_source: MediaSource | None,
        audio_source: MediaSource | None,
        extras: Extras,
    ) -> tuple[Path, Verification]:
        window = Window(plan.start_s, plan.end_s)
        fetch = sum(source.estimate_bytes(window) for source in (video_source, audio_source) if source is not None)
        self.run.meter.expect(None if self.run.recording.running else fetch)
        store = self.staging_dir / STORE_DIR
        check_space(
            store, max(0, fetch - allocated_bytes(store)) + fetch
        )  # the fetched bytes, and the file made of them
        if plan.output.kind in (OutputKind.MP3, OutputKind.FLAC) or plan.output.kind.animation:
            from .output.transcode import animation, sound_file  # noqa: PLC0415 - only these kinds need it

            make = animation if plan.output.kind.animation else sound_file
            source = video_source or audio_source
            assert source is not None
            return make(plan, source, self._transcode_context(), extras.label)
        return self._cut(plan, video, video_source, audio_source, extras)

    def _cut(
        self,
        plan: ClipPlan,
        video: Video,
        video_source: MediaSource | None,
        audio_source: MediaSource | None,
        extras: Extras,
    ) -> tuple[Path, Verification]:
        """Cut, tag and verify; if the verification fails, cut once more with every frame encoded."""
        from .cut import CutRequest, SourceMetadata, cut  # noqa: PLC0415
        from .verify import verify_clip  # noqa: PLC0415

        kind, mode = plan.output.kind, plan.output.mode
        target = self.staging_dir / f"clip.{kind}"
        while True:
            cut_request = CutRequest(
                video_source,
                audio_source,
                plan.start_s,
                plan.end_s,
                target,
                kind,
                mode,
                plan.output.quality,
                SourceMetadata(extras.facts(), video.chapters, extras.texts, extras.cover),
                open_end=self.run.recording.running,
            )
            report = cut(cut_request, self.run)
            extras.label(target)
            self.run.meter.stage(Stage.PROVING)
            try:
                proof = verify_clip(target, report, self.run.meter.proved)
            except VerificationFailed as exc:
                log.warning("verification failed: %s", exc.detail)
                if mode is CutMode.REENCODE or video_source is None or plan.whole:
                    raise
                mode = CutMode.REENCODE
                target.unlink(missing_ok=True)
                continue
            if mode is not plan.output.mode:
                note = "The first cut did not pass its check, so every frame was encoded again."
                proof = replace(proof, note=note)
            return target, proof

    def _transcode_context(self) -> TranscodeContext:
        from .output.transcode import TranscodeContext  # noqa: PLC0415

        return TranscodeContext(self.staging_dir, self.ffmpeg, self.run)
