import { expect, it } from 'vitest';
import { marked, readOpening } from './opening';

function opening(hash: string) {
  return readOpening(new URLSearchParams(hash));
}

it('reads link, marks and view', () => {
  const clip = { url: 'https://x.test/v?a=1&b=2', start: 1.5, end: 60 };
  const link = encodeURIComponent(clip.url);
  expect(opening(`c=x&link=${link}&start=1.5&end=60.0&view=history`)).toEqual({ clip, view: 'history' });
  expect(opening(`link=${link}`).clip).toEqual({ ...clip, start: null, end: null });
  expect(opening(`link=${link}&start=0`).clip).toMatchObject({ start: 0, end: null });
  expect(opening('view=settings')).toEqual({ clip: null, view: 'settings' });
});

it.each(['', '-1', 'NaN', 'Infinity', '1:30', '1e999'])('leaves out the mark %j', (mark) => {
  expect(opening(`link=https://x.test/&start=${mark}`).clip?.start).toBeNull();
});

it('shows the history where it does not know what is asked for', () => {
  expect(opening('view=other').view).toBe('history');
  expect(opening('')).toEqual({ clip: null, view: 'history' });
});

it.each([
  [
    { start: 2, end: 5 },
    { start: 2, end: 5 },
  ],
  [
    { start: 2.00049, end: null },
    { start: 2, end: 60 },
  ],
  [
    { start: null, end: 5 },
    { start: 0, end: 5 },
  ],
  [
    { start: 50, end: 70 },
    { start: 50, end: 60 },
  ],
  [{ start: 70, end: 80 }, null],
  [{ start: 5, end: 2 }, null],
  [{ start: null, end: null }, null],
])('%j names %j in a video of a minute', (marks, range) => {
  expect(marked(marks, 60)).toEqual(range);
});
