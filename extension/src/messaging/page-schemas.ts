import * as v from 'valibot';
import { isRecord } from '../protocol/client';
import type { Job, OutputParams } from '../protocol/generated';
import type { PageRequest, RetryRequest } from './page-messages';

// Checked where they enter the background: a content script runs beside a page's own code, and what lies in the storage may
// be of another version. The daemon checks `output` and all that is sent to it once more.

const FileId = v.pipe(v.string(), v.regex(/^[0-9a-z]{26}$/));
const Seconds = v.pipe(v.number(), v.finite());
const VIDEO = {
  permalink: v.optional(v.pipe(v.string(), v.maxLength(4096))),
  item: v.optional(v.pipe(v.number(), v.integer())),
  session: v.optional(v.boolean()),
};

const PageRequests = v.variant('type', [
  v.object({ type: v.literal('panel') }),
  v.object({ type: v.literal('tooltip') }),
  v.object({ type: v.literal('resolve'), ...VIDEO }),
  v.object({ type: v.literal('session'), ...VIDEO }),
  v.object({
    type: v.literal('clip'),
    range: v.nullable(v.object({ start: Seconds, end: Seconds })),
    output: v.custom<OutputParams>(isRecord),
    title: v.string(),
    again: v.boolean(),
    ...VIDEO,
  }),
  v.object({
    type: v.literal('job'),
    file_id: FileId,
    action: v.picklist(['cancel', 'finish', 'retry', 'open', 'reveal', 'copy', 'undo', 'seen']),
  }),
]);

const Retry = v.object({
  type: v.literal('retry-with-session'),
  file_id: FileId,
  tabId: v.pipe(v.number(), v.integer()),
});

const StoredJob = v.custom<Job>(
  (job) => isRecord(job) && typeof job['file_id'] === 'string' && typeof job['state'] === 'string',
);
const StoredJobs = v.object({
  jobs: v.record(v.string(), StoredJob),
  tabs: v.record(v.string(), v.object({ tabId: v.number(), frameId: v.number(), made: v.boolean() })),
  unseen: v.array(v.string()),
});

export type StoredJobs = v.InferOutput<typeof StoredJobs>;

/** The request of a content script; `null`: it is none. */
export function readPageRequest(message: unknown): PageRequest | null {
  return read(PageRequests, message);
}

/** The request of an own page to try again; `null`: it is none. */
export function readRetryRequest(message: unknown): RetryRequest | null {
  return read(Retry, message);
}

/** The jobs that the service worker kept; `null`: there are none, or none of this version. */
export function readStoredJobs(stored: unknown): StoredJobs | null {
  return read(StoredJobs, stored);
}

function read<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T | null {
  const result = v.safeParse(schema, value);
  return result.success ? result.output : null;
}
