import { describe, expect, it } from 'vitest';
import {
  isClip,
  isWhole,
  lastSeconds,
  lengthOf,
  markEdge,
  MIN_LENGTH_S,
  moveEdge,
  setEdge,
  slide,
  type Edge,
  wholeRange,
} from './range';

const DURATION = 60;

describe('lastSeconds', () => {
  it.each([
    [45, 60, { start: 15, end: 45 }],
    [60, 60, { start: 30, end: 60 }],
    [10, 60, { start: 0, end: 30 }],
    [0, 60, { start: 0, end: 30 }],
    [3, 12, { start: 0, end: 12 }],
    [45.12345, 60, { start: 15.123, end: 45.123 }],
  ])('at %d of %d s is %j', (now, duration, range) => {
    expect(lastSeconds(now, duration)).toEqual(range);
  });
});

describe('moveEdge', () => {
  it('stops before the other edge', () => {
    expect(moveEdge({ start: 10, end: 20 }, 'start', 30, DURATION)).toEqual({ start: 19.9, end: 20 });
    expect(moveEdge({ start: 10, end: 20 }, 'end', 5, DURATION)).toEqual({ start: 10, end: 10.1 });
  });
  it('stops at the ends of the video', () => {
    expect(moveEdge({ start: 10, end: 20 }, 'start', -5, DURATION)).toEqual({ start: 0, end: 20 });
    expect(moveEdge({ start: 10, end: 20 }, 'end', 99, DURATION)).toEqual({ start: 10, end: 60 });
  });
});

describe('setEdge', () => {
  it('moves only that edge where the other one is not in the way', () => {
    expect(setEdge({ start: 10, end: 20 }, 'start', 12.3456, DURATION)).toEqual({ start: 12.346, end: 20 });
  });
  it('takes the other edge along and keeps the length', () => {
    expect(setEdge({ start: 10, end: 20 }, 'start', 30, DURATION)).toEqual({ start: 30, end: 40 });
    expect(setEdge({ start: 30, end: 40 }, 'end', 20, DURATION)).toEqual({ start: 10, end: 20 });
  });
  it('keeps what fits at the ends of the video', () => {
    expect(setEdge({ start: 10, end: 20 }, 'start', 55, DURATION)).toEqual({ start: 55, end: 60 });
    expect(setEdge({ start: 10, end: 20 }, 'end', 4, DURATION)).toEqual({ start: 0, end: 4 });
  });
});

describe('slide', () => {
  it('keeps the length, also against the ends', () => {
    expect(slide({ start: 10, end: 20 }, 5, DURATION)).toEqual({ start: 15, end: 25 });
    expect(slide({ start: 10, end: 20 }, -50, DURATION)).toEqual({ start: 0, end: 10 });
    expect(slide({ start: 10, end: 20 }, 500, DURATION)).toEqual({ start: 50, end: 60 });
  });
});

it('knows the whole video again, to the millisecond', () => {
  expect(isWhole(wholeRange(60.0004), 60.0004)).toBe(true);
  expect(isWhole({ start: 0.001, end: 60 }, 60)).toBe(false);
});

it('never leaves the video and never gets too short, whatever is done to it', () => {
  // A small generator of our own: the same numbers every time (Park and Miller, 1988).
  let seed = 20_261_122;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  for (let round = 0; round < 1_000; round++) {
    const duration = 0.5 + random() * 200;
    let range = lastSeconds(random() * duration, duration);
    for (let move = 0; move < 8; move++) {
      const edge: Edge = random() < 0.5 ? 'start' : 'end';
      const time = (random() * 2 - 0.5) * duration;
      const kind = random();
      if (kind < 0.4) range = moveEdge(range, edge, time, duration);
      else if (kind < 0.8) range = setEdge(range, edge, time, duration);
      else range = slide(range, time, duration);
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.end).toBeLessThanOrEqual(duration + 0.0006);
      expect(lengthOf(range)).toBeGreaterThanOrEqual(MIN_LENGTH_S - 0.0011);
    }
  }
});

describe('marking an edge', () => {
  it.each([
    ['start', 15, { start: 15, end: 20 }, true],
    ['start', 20, { start: 20, end: 20 }, false],
    ['start', 31.0004, { start: 31, end: 20 }, false],
    ['end', 5, { start: 10, end: 5 }, false],
    ['end', 99, { start: 10, end: 60 }, true],
    ['start', -1, { start: 0, end: 20 }, true],
  ] as const)('%s at %d leaves the other where it is', (edge, time, marked, clip) => {
    const range = markEdge({ start: 10, end: 20 }, edge, time, 60);
    expect(range).toEqual(marked);
    expect(isClip(range)).toBe(clip);
  });
});
