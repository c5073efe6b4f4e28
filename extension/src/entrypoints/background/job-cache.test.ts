import { beforeEach, expect, it, vi } from 'vitest';
import { fakeBrowser } from 'wxt/testing/fake-browser';
import type { Job, JobState } from '../../protocol/generated';
import { JobCache } from './job-cache';

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
  const jobs = new JobCache(changed);
  await jobs.ready();
  jobs.put(job('a', 'fetching'));
  jobs.put(job('b', 'queued'));
  expect(jobs.running()).toBe(2);
  jobs.put(job('a', 'failed'));
  expect([jobs.running(), jobs.attention()]).toEqual([1, true]);
  jobs.seen();
  expect(jobs.attention()).toBe(false);
  expect(changed).toHaveBeenCalledTimes(4);
});

it('is the same jobs after the worker was stopped', async () => {
  const before = new JobCache(() => undefined);
  await before.ready();
  before.put(job('a', 'fetching'));
  before.follow('a', { tabId: 7, frameId: 3 }, true);
  const after = new JobCache(() => undefined);
  await after.ready();
  expect(after.running()).toBe(1);
  expect(after.tabOf('a')).toEqual({ tabId: 7, frameId: 3, made: true });
});

it('lists the newest first, and keeps only the last finished ones', async () => {
  const jobs = new JobCache(() => undefined);
  await jobs.ready();
  jobs.put(job('0', 'paused'));
  for (let n = 1; n <= 30; n++) jobs.put(job(String(n).padStart(3, '0'), 'done'));
  const ids = jobs.all().map(({ file_id }) => file_id);
  expect(ids[0]).toBe('030');
  expect(ids).toHaveLength(21);
  expect(ids).toContain('0');
});

it('knows which tab made a job, and that another which only asked for it did not', async () => {
  const jobs = new JobCache(() => undefined);
  await jobs.ready();
  jobs.follow('a', { tabId: 7, frameId: 0 }, true);
  jobs.follow('a', { tabId: 7, frameId: 0 }, false);
  expect(jobs.tabOf('a')?.made).toBe(true);
  jobs.follow('a', { tabId: 8, frameId: 0 }, false);
  expect(jobs.tabOf('a')).toEqual({ tabId: 8, frameId: 0, made: false });
});
