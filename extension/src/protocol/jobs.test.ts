import { expect, it } from 'vitest';
import type { Job } from './generated';
import { inQueueOrder, justEnded } from './jobs';

function job(file_id: string, state: Job['state'], priority = 0, position = 0): Job {
  return { file_id, state, url: 'https://x.test/', output: {}, created_at: 0, updated_at: 0, priority, position };
}

it('lists what is under way first, then the queue as it will be taken', () => {
  const jobs = [
    job('5', 'queued', 0, 3),
    job('4', 'queued', 0, 1.5),
    job('3', 'queued', 1, 9),
    job('2', 'cutting'),
    job('1', 'fetching'),
    job('0', 'queued', 0, 1.5),
  ];
  expect(inQueueOrder(jobs).map((one) => one.file_id)).toEqual(['2', '1', '3', '0', '4', '5']);
});

it('knows what has just ended, and that a cancelled clip is no news', () => {
  const before = [job('5', 'cutting'), job('4', 'queued'), job('3', 'fetching'), job('2', 'done'), job('1', 'failed')];
  const after = [
    job('6', 'done'),
    job('5', 'done'),
    job('4', 'failed'),
    job('3', 'cancelled'),
    job('2', 'done'),
    job('1', 'queued'),
  ];
  expect(justEnded(before, after).map((one) => one.file_id)).toEqual(['5', '4']);
});
