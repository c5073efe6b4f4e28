import { clamp, type Range } from './range';

/** The part of the video that the timeline strip shows, in seconds. Pure. */
export interface View {
  readonly from: number;
  readonly to: number;
}

/** The shortest view, seconds. */
const MIN_SPAN_S = 2;

/** The selection with as much room again on both sides, at least a minute where the video has one. */
export function viewAround(range: Range, duration: number): View {
  const length = Math.abs(range.end - range.start);
  const span = clamp(length * 2.5, Math.min(60, duration), duration);
  const middle = (range.start + range.end) / 2;
  return place(middle - span / 2, span, duration);
}

/** Zoom by `factor` (< 1: nearer) so that `at` stays where it is on the strip. */
export function zoom(view: View, factor: number, at: number, duration: number): View {
  const span = clamp((view.to - view.from) * factor, Math.min(MIN_SPAN_S, duration), duration);
  const share = (at - view.from) / (view.to - view.from);
  return place(at - share * span, span, duration);
}

export function pan(view: View, by: number, duration: number): View {
  return place(view.from + by, view.to - view.from, duration);
}

/** Move the view only as far as needed so that `at` is in it, with a little room. */
export function reveal(view: View, at: number, duration: number): View {
  const margin = (view.to - view.from) * 0.04;
  if (at < view.from + margin) return place(at - margin, view.to - view.from, duration);
  if (at > view.to - margin) return place(at + margin - (view.to - view.from), view.to - view.from, duration);
  return view;
}

/** Where a time lies on the strip: 0 … 1, beyond that outside. */
export function toShare(view: View, time: number): number {
  return (time - view.from) / (view.to - view.from);
}

export function toTime(view: View, share: number): number {
  return view.from + share * (view.to - view.from);
}

const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];

/** Times for the ruler: round, and at most `most` of them. */
export function ticks(view: View, most: number): number[] {
  const span = view.to - view.from;
  const step = STEPS_S.find((candidate) => span / candidate <= most) ?? 14_400;
  const first = Math.ceil(view.from / step - 1e-9);
  const last = Math.floor(view.to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Math.round((first + i) * step * 1000) / 1000);
}

function place(from: number, span: number, duration: number): View {
  const start = clamp(from, 0, duration - span);
  return { from: start, to: start + span };
}
