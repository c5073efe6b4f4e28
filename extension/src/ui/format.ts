import type { Job, OutputParams, Quality, VideoInfo } from '../protocol/generated';
import { isClip, isWhole, lengthOf, type Range } from '../clip/range';
import { formatTime } from '../clip/timecode';
import { isRecording } from '../protocol/jobs';
import { t } from '../i18n/text';
import { errorText } from './error-text';
import { formatBytes } from './format-bytes';

/** `95` → `1:35`; below a minute `12 s`. For time left, so never more exact than a second. */
export function formatWait(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  return whole < 60 ? t('wait_seconds', whole) : formatTime(whole, false);
}

/** A clip's length: `17.6 s`, `1:02.5`; `–` while its start lies after its end. */
export function formatLength(seconds: number): string {
  if (seconds < 0) return '–';
  const tenths = Math.round(seconds * 10) / 10;
  if (tenths < 60) return t('length_seconds', tenths.toFixed(1));
  const tenth = Math.round(tenths * 10) % 10;
  return `${formatTime(Math.floor(tenths), false)}${tenth ? `.${tenth}` : ''}`;
}

/** A job's range: `1:02 – 1:20`, or the whole video. */
export function formatRange(job: Job): string {
  const { proof } = job;
  if (job.live === true && proof) return `${clock(proof.start_s)} – ${clock(proof.end_s)}`;
  if (job.live === true && job.end_s == null) {
    return job.start_s == null ? t('broadcast') : t('broadcast_from', short(job.start_s));
  }
  if (job.start_s == null && job.end_s == null) return t('whole_video');
  const end = job.end_s ?? job.duration_s;
  return `${short(job.start_s ?? 0)} – ${end == null ? t('end_of_video') : short(end)}`;
}

function clock(seconds: number): string {
  return formatTime(Math.round(seconds), false);
}

function short(seconds: number): string {
  return Math.abs(seconds - Math.round(seconds)) < 0.0005 ? formatTime(seconds, false) : formatTime(seconds);
}

/** A job's state in words, with speed and time left where they are known. */
export function formatState(job: Job): string {
  const { state, progress } = job;
  if (state === 'waiting') return t(WAITS[job.wait_reason ?? ''] ?? 'state_waiting');
  if (state === 'failed') return job.error ? errorText(job.error).message : t('state_failed');
  if (isRecording(job) && (state === 'fetching' || state === 'cutting')) return formatRecording(job);
  const parts = [t(`state_${state}`)];
  if (state === 'fetching' && progress?.speed_bps) parts.push(t('per_second', formatBytes(progress.speed_bps)));
  if (state === 'fetching' && progress?.eta_s != null) parts.push(t('time_left', formatWait(progress.eta_s)));
  if (state === 'done' && job.size_bytes != null) parts.push(formatBytes(job.size_bytes));
  return parts.join(' · ');
}

/** What has been recorded of a broadcast so far. */
export function formatRecording({ finishing, progress }: Job): string {
  const parts = [t(finishing === true ? 'state_finishing' : 'state_recording')];
  if (progress?.recorded_s) parts.push(formatTime(Math.floor(progress.recorded_s), false));
  if (progress?.recorded_bytes) parts.push(formatBytes(progress.recorded_bytes));
  return parts.join(' · ');
}

const WAITS: Record<string, 'wait_network' | 'wait_disk_full' | 'wait_folder' | 'wait_rate_limited' | undefined> = {
  network: 'wait_network',
  disk_full: 'wait_disk_full',
  folder: 'wait_folder',
  rate_limited: 'wait_rate_limited',
};

/** One output format that can be selected. */
export interface Choice {
  key: string;
  label: string;
  output: OutputParams;
  /** Of the finished file; `null`: unknown. */
  bytesPerSecond: number | null;
  /** Of that part of it which is encoded again. Left out: the same. */
  edgeBytesPerSecond?: number;
}

/** Seconds between two keyframes, as sites make them: a clip that begins between two is encoded up to the second one. */
const KEYFRAME_INTERVAL_S = 5;

/**
 * The size of a clip, bytes; `null`: unknown. Where its start lies between two keyframes is not known here: the length
 * of what is encoded again is the mean over all places there.
 */
export function estimateBytes(choice: Choice, range: Range, duration: number): number | null {
  const { bytesPerSecond: rate, edgeBytesPerSecond: edge = rate } = choice;
  if (rate === null || edge === null || !isClip(range)) return null;
  if (isWhole(range, duration)) return rate * duration;
  const length = lengthOf(range);
  const short = Math.min(length, KEYFRAME_INTERVAL_S);
  const encoded = range.start <= 0 ? 0 : short - short ** 2 / (2 * KEYFRAME_INTERVAL_S);
  return rate * length + (edge - rate) * encoded;
}

/** LAME's setting for music, bytes per second of audio: the estimate for MP3, which is always encoded. */
const MP3_BYTES_PER_SECOND = 24_000;

/** The output formats of this video. Before it is resolved: those that nearly every video has. */
export function choicesFor(video: VideoInfo | null): Choice[] {
  const qualities = video?.qualities ?? [];
  const best = qualities[0];
  const sound = video?.audio_bytes_per_second ?? null;
  const choices: Choice[] = [];
  const pictures = video?.has_video !== false;
  if (pictures) {
    const label = best ? t('format_best_at', best.height) : t('format_best');
    choices.push({ key: 'best', label, output: { kind: 'mp4' }, ...rates(best) });
    for (const quality of qualities.slice(1)) {
      const { height, fps } = quality;
      const name = fps != null && fps > 31 ? `${height}p${Math.round(fps)}` : `${height}p`;
      const output = { kind: 'mp4', max_height: height } as const;
      choices.push({ key: `h${height}`, label: `MP4 · ${name}`, output, ...rates(quality) });
    }
  }
  if (video?.has_audio !== false) {
    choices.push({ key: 'mp3', label: t('format_mp3'), output: { kind: 'mp3' }, bytesPerSecond: MP3_BYTES_PER_SECOND });
    choices.push({ key: 'm4a', label: t('format_m4a'), output: { kind: 'm4a' }, bytesPerSecond: sound });
  }
  if (pictures) {
    choices.push({ key: 'gif', label: t('format_gif'), output: { kind: 'gif' }, bytesPerSecond: null });
  }
  return choices;
}

function rates(quality: Quality | undefined): Pick<Choice, 'bytesPerSecond' | 'edgeBytesPerSecond'> {
  const edge = quality?.edge_bytes_per_second;
  return { bytesPerSecond: quality?.bytes_per_second ?? null, ...(edge == null ? {} : { edgeBytesPerSecond: edge }) };
}
