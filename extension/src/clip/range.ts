/** A range of a video, in seconds: `[start, end)`. Pure; every function gives a new value inside `[0, duration]`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export type Edge = keyof Range;

/** What a change of the range moved. `now`: an edge was put at the time that the player shows, which goes on as it was. */
export type Moved = Edge | 'both' | 'now';

/** The shortest clip that can be marked, seconds: a few frames. */
export const MIN_LENGTH_S = 0.1;
/** Length of the default range, seconds. */
export const DEFAULT_LENGTH_S = 30;

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}

/** Times are kept to the millisecond: what is shown is what is asked for. */
export function toMillis(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

export function lengthOf(range: Range): number {
  return toMillis(range.end - range.start);
}

export function wholeRange(duration: number): Range {
  return { start: 0, end: toMillis(duration) };
}

export function isWhole(range: Range, duration: number): boolean {
  return range.start <= 0 && range.end >= toMillis(duration);
}

/** The `length` seconds before `now`; the first ones where not so many have been played. */
export function lastSeconds(now: number, duration: number, length = DEFAULT_LENGTH_S): Range {
  const end = clamp(Math.max(now, Math.min(length, duration)), MIN_LENGTH_S, duration);
  return { start: toMillis(Math.max(0, end - length)), end: toMillis(end) };
}

/** Put one edge at `time`. It stops a shortest clip before the other edge. */
export function moveEdge(range: Range, edge: Edge, time: number, duration: number): Range {
  return edge === 'start'
    ? { ...range, start: toMillis(clamp(time, 0, range.end - MIN_LENGTH_S)) }
    : { ...range, end: toMillis(clamp(time, range.start + MIN_LENGTH_S, duration)) };
}

/**
 * Put one edge at exactly `time` (*Set to now*, a typed time): an other edge that is in the
 * way moves along and keeps the clip's length as far as the video allows.
 */
export function setEdge(range: Range, edge: Edge, time: number, duration: number): Range {
  const length = lengthOf(range);
  const at = toMillis(clamp(time, 0, duration));
  if (edge === 'start') {
    const start = Math.min(at, toMillis(duration - MIN_LENGTH_S));
    return start <= range.end - MIN_LENGTH_S
      ? { start, end: range.end }
      : { start, end: toMillis(Math.min(start + length, duration)) };
  }
  const end = Math.max(at, MIN_LENGTH_S);
  return end >= range.start + MIN_LENGTH_S
    ? { start: range.start, end }
    : { start: toMillis(Math.max(0, end - length)), end };
}

/**
 * Put one edge at `time` and leave the other where it is. An edge put beyond the other gives a range that `isClip` refuses,
 * until the other is set as well.
 */
export function markEdge(range: Range, edge: Edge, time: number, duration: number): Range {
  return { ...range, [edge]: toMillis(clamp(time, 0, duration)) };
}

/** Whether the range is long enough for a clip. */
export function isClip(range: Range): boolean {
  return lengthOf(range) >= MIN_LENGTH_S;
}

/** Slide the whole selection, keeping its length. */
export function slide(range: Range, by: number, duration: number): Range {
  const length = lengthOf(range);
  const start = toMillis(clamp(range.start + by, 0, duration - length));
  return { start, end: toMillis(start + length) };
}
