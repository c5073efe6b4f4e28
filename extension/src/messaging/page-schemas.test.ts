import { expect, it } from 'vitest';
import type { PageRequest } from './page-messages';
import { readPageRequest, readRetryRequest, readStoredJobs } from './page-schemas';

const ID = '01k0000000000000000000done';
const REQUESTS: PageRequest[] = [
  { type: 'panel' },
  { type: 'tooltip' },
  { type: 'resolve', permalink: 'https://www.instagram.com/p/x/', item: 2, session: true },
  { type: 'session' },
  {
    type: 'clip',
    range: { start: 1, end: 2.5 },
    output: { kind: 'mp4' },
    title: 'T',
    again: false,
    permalink: undefined,
  },
  { type: 'clip', range: null, output: {}, title: '', again: true },
  { type: 'job', file_id: ID, action: 'undo' },
];

it.each(REQUESTS)('takes %o as it is', (request) => {
  expect(readPageRequest(request)).toEqual(request);
});

it.each([
  null,
  'panel',
  { type: 'daemon.stop' },
  { type: 'job', file_id: '../../x', action: 'open' },
  { type: 'job', file_id: [ID], action: 'open' },
  { type: 'job', file_id: ID, action: 'remove' },
  { type: 'clip', range: { start: '1', end: 2 }, output: {}, title: 'T', again: false },
  { type: 'clip', range: { start: Number.NaN, end: 2 }, output: {}, title: 'T', again: false },
  { type: 'clip', range: null, output: [], title: 'T', again: false },
  { type: 'clip', range: null, output: {}, title: { slice: 1 }, again: false },
  { type: 'resolve', permalink: {} },
  { type: 'resolve', permalink: 'https://x.test/' + 'x'.repeat(5000) },
  { type: 'resolve', item: 1.5 },
  { type: 'session', session: 'yes' },
])('takes %o for no request', (message) => {
  expect(readPageRequest(message)).toBeNull();
});

it('passes on no field that a request does not have', () => {
  expect(readPageRequest({ type: 'panel', url: 'http://127.0.0.1/' })).toEqual({ type: 'panel' });
});

it('takes another attempt at a job only whole', () => {
  const retry = { type: 'retry-with-session', file_id: ID, tabId: 3 };
  expect(readRetryRequest(retry)).toEqual(retry);
  expect(readRetryRequest({ ...retry, tabId: '3' })).toBeNull();
});

it('reads the kept jobs, and nothing of another shape', () => {
  const job = { file_id: ID, state: 'done', url: 'https://x.test/', future: { any: 1 } };
  const kept = { jobs: { [ID]: job }, tabs: { [ID]: { tabId: 1, frameId: 0, made: true } }, unseen: [ID] };
  expect(readStoredJobs(kept)).toEqual(kept);
  expect(readStoredJobs(undefined)).toBeNull();
  expect(readStoredJobs({ ...kept, tabs: { [ID]: 1 } })).toBeNull();
  expect(readStoredJobs({ ...kept, jobs: { [ID]: { state: 'done' } } })).toBeNull();
});
