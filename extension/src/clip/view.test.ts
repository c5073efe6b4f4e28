import { expect, it } from 'vitest';
import { pan, reveal, ticks, toShare, toTime, viewAround, zoom } from './view';

it('shows a short selection with room on both sides, at least a minute', () => {
  expect(viewAround({ start: 100, end: 110 }, 600)).toEqual({ from: 75, to: 135 });
  expect(viewAround({ start: 100, end: 200 }, 600)).toEqual({ from: 25, to: 275 });
});
it('shows all of a short video', () => {
  expect(viewAround({ start: 0, end: 12 }, 12)).toEqual({ from: 0, to: 12 });
});
it('keeps the time under the pointer in its place while zooming', () => {
  const view = { from: 100, to: 200 };
  const nearer = zoom(view, 0.5, 125, 600);
  expect(toShare(nearer, 125)).toBeCloseTo(toShare(view, 125));
  expect(nearer.to - nearer.from).toBe(50);
});
it('stays inside the video', () => {
  expect(pan({ from: 0, to: 60 }, -30, 600)).toEqual({ from: 0, to: 60 });
  expect(pan({ from: 500, to: 560 }, 300, 600)).toEqual({ from: 540, to: 600 });
  expect(zoom({ from: 500, to: 560 }, 100, 550, 600)).toEqual({ from: 0, to: 600 });
});
it('moves only when a time is out of sight', () => {
  const view = { from: 100, to: 200 };
  expect(reveal(view, 150, 600)).toBe(view);
  expect(reveal(view, 250, 600)).toEqual({ from: 154, to: 254 });
  expect(reveal(view, 50, 600)).toEqual({ from: 46, to: 146 });
});
it('finds the time again that a place stands for', () => {
  const view = { from: 12.5, to: 99.25 };
  expect(toTime(view, toShare(view, 33))).toBeCloseTo(33);
});
it.each([
  [{ from: 0, to: 60 }, 9, [0, 10, 20, 30, 40, 50, 60]],
  [{ from: 7, to: 8 }, 6, [7, 7.2, 7.4, 7.6, 7.8, 8]],
  [{ from: 0, to: 7200 }, 9, [0, 900, 1800, 2700, 3600, 4500, 5400, 6300, 7200]],
])('rules %j with round times, at most %d', (view, most, times) => {
  expect(ticks(view, most)).toEqual(times);
});
