import { beforeEach, expect, it, vi } from 'vitest';
import { fakeBrowser } from 'wxt/testing/fake-browser';
import type { Job, JobState } from '../../protocol/generated';
import { JobBook } from './jobs';

beforeEach(() => {
  fakeBrowser.reset();
});

const job = (file_id: string, state: JobState): Job => ({
  file_id,
  state,
  url: 'https://x.test/',
  output: {},
  created_at: 0,
  updated_at: 0,
});

it('counts what runs and remembers a failure until it was seen', async () => {
  const changed = vi.fn();
  const book = new JobBook(changed);
  await book.ready();
  book.put(job('a', 'fetching'));
  book.put(job('b', 'queued'));
  expect(book.running()).toBe(2);
  book.put(job('a', 'failed'));
  expect([book.running(), book.attention()]).toEqual([1, true]);
  book.seen();
  expect(book.attention()).toBe(false);
  expect(changed).toHaveBeenCalledTimes(4);
});

it('is the same book after the worker was stopped', async () => {
  const before = new JobBook(() => undefined);
  await before.ready();
  before.put(job('a', 'fetching'));
  before.follow('a', { tabId: 7, frameId: 3 }, true);
  const after = new JobBook(() => undefined);
  await after.ready();
  expect(after.running()).toBe(1);
  expect(after.tabOf('a')).toEqual({ tabId: 7, frameId: 3, made: true });
});

it('lists the newest first, and keeps only the last finished ones', async () => {
  const book = new JobBook(() => undefined);
  await book.ready();
  book.put(job('0', 'paused'));
  for (let n = 1; n <= 30; n++) book.put(job(String(n).padStart(3, '0'), 'done'));
  const ids = book.all().map(({ file_id }) => file_id);
  expect(ids[0]).toBe('030');
  expect(ids).toHaveLength(21);
  expect(ids).toContain('0');
});

it('knows which tab made a job, and that another which only asked for it did not', async () => {
  const book = new JobBook(() => undefined);
  await book.ready();
  book.follow('a', { tabId: 7, frameId: 0 }, true);
  book.follow('a', { tabId: 7, frameId: 0 }, false);
  expect(book.tabOf('a')?.made).toBe(true);
  book.follow('a', { tabId: 8, frameId: 0 }, false);
  expect(book.tabOf('a')).toEqual({ tabId: 8, frameId: 0, made: false });
});
