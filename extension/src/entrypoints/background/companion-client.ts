import type { PageMethod, Params, ProtocolEvent, Result } from '../../protocol/client';
import type { ClipCreateParams, Job } from '../../protocol/generated';
import { showBadge } from './badge';
import { sendToFrame, type Frame } from '../../browser/frames';
import type { Snapshot } from '../../messaging/snapshot';
import { JobCache } from './job-cache';
import { NativePort } from './native-port';

/** Calls to the companion and a cache of its jobs, kept current by events. The background's only way to the companion. */
export class CompanionClient {
  readonly jobs = new JobCache(() => {
    this.changed();
  });
  private paused = false;
  private readonly watchers = new Set<(snapshot: Snapshot) => void>();
  private readonly port = new NativePort({
    onEvent: (event) => {
      void this.hear(event);
    },
    onCompanion: () => {
      this.changed();
    },
    needed: () => this.watchers.size > 0 || this.jobs.running() > 0,
  });

  call<M extends PageMethod>(method: M, params: Params<M>): Promise<Result<M>> {
    return this.port.call(method, params);
  }

  /** Create a clip for a frame, which then receives the job's changes. */
  async create(params: ClipCreateParams, from: Frame): Promise<Job> {
    const job = await this.call('clip.create', params);
    await this.jobs.ready();
    const { created = null, ...answered } = job;
    this.jobs.follow(job.file_id, from, created === true);
    // Events may have arrived before the response.
    if (!this.jobs.get(job.file_id)) this.jobs.put(answered);
    return { ...(this.jobs.get(job.file_id) ?? answered), created };
  }

  /** Connect to the companion and list its jobs. Never throws: a failure is part of the snapshot. */
  async refresh(): Promise<void> {
    try {
      await this.port.connect();
      const { jobs, queue_paused } = await this.call('job.list', { limit: 20 });
      await this.jobs.ready();
      this.paused = queue_paused === true;
      this.jobs.replace(jobs);
    } catch {
      this.changed();
    }
  }

  snapshot(): Snapshot {
    return { companion: this.port.companion, jobs: this.jobs.all(), paused: this.paused };
  }

  /** Call `watcher` with every change until the returned function is called. */
  watch(watcher: (snapshot: Snapshot) => void): () => void {
    this.watchers.add(watcher);
    watcher(this.snapshot());
    return () => this.watchers.delete(watcher);
  }

  /** After a restart of the service worker: reconnect where jobs were running. */
  async resume(): Promise<void> {
    await this.jobs.ready();
    this.changed();
    if (this.jobs.running() > 0) await this.refresh();
  }

  private async hear(event: ProtocolEvent): Promise<void> {
    await this.jobs.ready();
    if (event.event === 'job') {
      this.jobs.put(event.data);
      const frame = this.jobs.tabOf(event.data.file_id);
      if (frame) await sendToFrame(frame, { type: 'job', job: event.data });
    } else if (event.event === 'job.removed') {
      this.jobs.remove(event.data.file_id);
    } else if (event.event === 'queue') {
      this.paused = event.data.paused;
      this.changed();
    }
  }

  private changed(): void {
    showBadge(this.jobs.running(), this.jobs.attention());
    const snapshot = this.snapshot();
    for (const watcher of this.watchers) watcher(snapshot);
  }
}
