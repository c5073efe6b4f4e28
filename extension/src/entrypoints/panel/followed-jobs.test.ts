import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Job, JobState } from '../../protocol/generated';
import { FollowedJobs } from './followed-jobs';

const setButton = vi.fn();
const job = (file_id: string, state: JobState, fraction = 0): Job => ({
  file_id,
  state,
  url: 'https://x.test/',
  output: {},
  created_at: 0,
  updated_at: 0,
  progress: { stage: 'fetching', fraction },
});

beforeEach(() => {
  vi.useFakeTimers();
  setButton.mockReset();
});
afterEach(() => {
  vi.useRealTimers();
});

it('shows how far all of them are, then a tick, then the scissors again', () => {
  const followed = new FollowedJobs(setButton);
  followed.update(job('a', 'fetching', 0.5), true);
  followed.update(job('b', 'queued', 0), true);
  expect(setButton).toHaveBeenLastCalledWith({ look: 'busy', fraction: 0.25 });
  expect(followed.update(job('a', 'done'), false)).toBe(true);
  expect(setButton).toHaveBeenLastCalledWith({ look: 'busy', fraction: 0 });
  followed.update(job('b', 'done'), false);
  expect(setButton).toHaveBeenLastCalledWith({ look: 'done' });
  vi.advanceTimersByTime(5_000);
  expect(setButton).toHaveBeenLastCalledWith({ look: 'idle' });
});

it('shows that a broadcast is recorded, of which there is no share, and which can be stopped', () => {
  const followed = new FollowedJobs(setButton);
  const live = { ...job('a', 'fetching', 0.01), live: true };
  followed.update(live, true);
  expect(setButton).toHaveBeenLastCalledWith({ look: 'recording' });
  expect(followed.recordings()).toEqual([live]);
  followed.update(job('b', 'fetching', 0.5), true);
  expect(setButton).toHaveBeenLastCalledWith({ look: 'busy', fraction: 0.5 });
  followed.update({ ...live, finishing: true }, false);
  expect(followed.recordings()).toEqual([]);
});

it('tells the end once, and once more when the same clip is asked for again', () => {
  const followed = new FollowedJobs(setButton);
  followed.update(job('a', 'cutting'), true);
  expect(followed.update(job('a', 'done'), false)).toBe(true);
  expect(followed.update(job('a', 'done'), false)).toBe(false);
  expect(followed.update(job('a', 'done'), true)).toBe(true);
});

it('says nothing special of a clip that the person cancelled', () => {
  const followed = new FollowedJobs(setButton);
  followed.update(job('a', 'fetching', 0.5), true);
  followed.update(job('a', 'cancelled'), false);
  expect(setButton).toHaveBeenLastCalledWith({ look: 'idle' });
});
