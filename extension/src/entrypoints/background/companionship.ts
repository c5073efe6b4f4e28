import type { PageMethod, Params, ProtocolEvent, Result } from '../../protocol/client';
import type { ClipCreateParams, Job } from '../../protocol/generated';
import { showBadge } from './badge';
import { tellFrame, type Frame } from '../../browser/frames';
import type { Snapshot } from '../../messaging/snapshot';
import { JobBook } from './jobs';
import { NativePort } from './native-port';

/** The companion and what we know of its jobs, kept in step. Everything in the background goes through this one. */
export class Companionship {
  readonly book = new JobBook(() => {
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
    needed: () => this.watchers.size > 0 || this.book.running() > 0,
  });

  call<M extends PageMethod>(method: M, params: Params<M>): Promise<Result<M>> {
    return this.port.call(method, params);
  }

  /** Start a clip from a frame: its news go there. */
  async create(params: ClipCreateParams, from: Frame): Promise<Job> {
    const job = await this.call('clip.create', params);
    await this.book.ready();
    const { created = null, ...answered } = job;
    this.book.follow(job.file_id, from, created === true);
    // Events may have told more by now than the answer did.
    if (!this.book.get(job.file_id)) this.book.put(answered);
    return { ...(this.book.get(job.file_id) ?? answered), created };
  }

  /** Look at the companion now and list its jobs. Fails silently: the snapshot says what is wrong. */
  async refresh(): Promise<void> {
    try {
      await this.port.connect();
      const { jobs, queue_paused } = await this.call('job.list', { limit: 20 });
      await this.book.ready();
      this.paused = queue_paused === true;
      this.book.replace(jobs);
    } catch {
      this.changed();
    }
  }

  snapshot(): Snapshot {
    return { companion: this.port.companion, jobs: this.book.all(), paused: this.paused };
  }

  /** Tell `watcher` every change until the returned function is called. */
  watch(watcher: (snapshot: Snapshot) => void): () => void {
    this.watchers.add(watcher);
    watcher(this.snapshot());
    return () => this.watchers.delete(watcher);
  }

  /** After a restart of the worker: go on listening where jobs were running. */
  async resume(): Promise<void> {
    await this.book.ready();
    this.changed();
    if (this.book.running() > 0) await this.refresh();
  }

  private async hear(event: ProtocolEvent): Promise<void> {
    await this.book.ready();
    if (event.event === 'job') {
      this.book.put(event.data);
      const frame = this.book.tabOf(event.data.file_id);
      if (frame) await tellFrame(frame, { tell: 'job', job: event.data });
    } else if (event.event === 'job.removed') {
      this.book.remove(event.data.file_id);
    } else if (event.event === 'queue') {
      this.paused = event.data.paused;
      this.changed();
    }
  }

  private changed(): void {
    showBadge(this.book.running(), this.book.attention());
    const snapshot = this.snapshot();
    for (const watcher of this.watchers) watcher(snapshot);
  }
}
