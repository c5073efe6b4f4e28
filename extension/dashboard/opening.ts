import { isClip, toMillis, type Range } from '../src/clip/range';

/** The marks to begin with, seconds; one that is `null` is where the video begins or ends. */
export interface Marks {
  start: number | null;
  end: number | null;
}

export const NO_MARKS: Marks = { start: null, end: null };

/** A video to be cut. */
export interface CutAgain extends Marks {
  url: string;
}

/** The range that the marks name in a video of that length; `null` where there are none, or they lie outside of it. */
export function marked({ start, end }: Marks, duration: number): Range | null {
  if (start === null && end === null) return null;
  const range = { start: toMillis(start ?? 0), end: toMillis(Math.min(end ?? duration, duration)) };
  return isClip(range) ? range : null;
}

/** What the page was opened for. */
export interface Opening {
  clip: CutAgain | null;
  view: 'history' | 'settings';
}

/** Reads what the daemon's `dashboard.open` wrote behind the `#`. Invalid values are left out. */
export function readOpening(hash: URLSearchParams): Opening {
  const url = hash.get('link');
  return {
    clip: url === null ? null : { url, start: time(hash.get('start')), end: time(hash.get('end')) },
    view: hash.get('view') === 'settings' ? 'settings' : 'history',
  };
}

/** Seconds, not negative. */
function time(text: string | null): number | null {
  const seconds = text === null || text === '' ? NaN : Number(text);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
