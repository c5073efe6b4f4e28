import type { ErrorInfo, Job } from '../protocol/generated';

/** Whether the companion can be reached, and what `hello` returned. */
export interface Companion {
  state: 'unknown' | 'ok' | 'trouble';
  version?: string;
  downloads?: string;
  /** What it has to tell of its start. */
  notices?: readonly string[];
  error?: ErrorInfo;
}

/** The background's state that the extension's own pages render. */
export interface Snapshot {
  companion: Companion;
  jobs: Job[];
  /** The queue starts no further job. */
  paused: boolean;
}
