import type { Job, JobState } from './generated';

const FINAL: ReadonlySet<JobState> = new Set(['done', 'failed', 'cancelled']);

export function isFinal(job: Job): boolean {
  return FINAL.has(job.state);
}

/** The jobs of `after` that were running in `before` and now are done or failed. */
export function justEnded(before: readonly Job[], after: readonly Job[]): Job[] {
  const running = new Set(before.filter((job) => !isFinal(job)).map((job) => job.file_id));
  return after.filter((job) => running.has(job.file_id) && (job.state === 'done' || job.state === 'failed'));
}

/** 0 … 1 over the whole job. */
export function fraction(job: Job): number {
  return job.state === 'done' ? 1 : Math.min(Math.max(job.progress?.fraction ?? 0, 0), 1);
}

/** Whether a broadcast is being recorded. Its length is unknown, so there is no progress fraction. */
export function isRecording(job: Job): boolean {
  return job.live === true && !isFinal(job) && job.state !== 'publishing';
}

/** Whether a recording can be stopped now, keeping what was recorded. */
export function canFinish(job: Job): boolean {
  return isRecording(job) && job.finishing !== true;
}

/** Newest first: a job's id is sortable by age. */
export function newestFirst(jobs: Iterable<Job>): Job[] {
  return [...jobs].sort((a, b) => (a.file_id < b.file_id ? 1 : -1));
}

/** Active jobs, newest first, then queued ones in the order of execution. */
export function inQueueOrder(jobs: Iterable<Job>): Job[] {
  const [queued, others] = [[] as Job[], [] as Job[]];
  for (const job of jobs) (job.state === 'queued' ? queued : others).push(job);
  queued.sort(
    (a, b) =>
      (b.priority ?? 0) - (a.priority ?? 0) ||
      (a.position ?? 0) - (b.position ?? 0) ||
      (a.file_id < b.file_id ? -1 : 1),
  );
  return [...newestFirst(others), ...queued];
}

export function upsert(jobs: readonly Job[], job: Job): Job[] {
  return newestFirst([...jobs.filter((other) => other.file_id !== job.file_id), job]);
}
