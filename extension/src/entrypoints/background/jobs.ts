import { browser } from 'wxt/browser';
import { isFinal, newestFirst } from '../../protocol/jobs';
import type { Job } from '../../protocol/generated';
import type { Frame } from '../../browser/frames';

/** Finished jobs that are kept beside the running ones. */
const KEEP = 20;

interface Asked extends Frame {
  /** That tab's click made the job: it may undo it. */
  made: boolean;
}

interface Kept {
  jobs: Record<string, Job>;
  /** Which tab and frame a job was asked for from. */
  tabs: Record<string, Asked>;
  /** Failed jobs that nobody has looked at yet. */
  unseen: string[];
}

/** What the background knows of jobs. Kept in session storage, because the worker may be stopped at any time. */
export class JobBook {
  private kept: Kept = { jobs: {}, tabs: {}, unseen: [] };
  private readonly loaded: Promise<void>;

  constructor(private readonly changed: () => void) {
    this.loaded = browser.storage.session.get('book').then((stored) => {
      const book = stored['book'] as Kept | undefined;
      if (book) this.kept = book;
    });
  }

  ready(): Promise<void> {
    return this.loaded;
  }

  all(): Job[] {
    return newestFirst(Object.values(this.kept.jobs));
  }

  get(fileId: string): Job | undefined {
    return this.kept.jobs[fileId];
  }

  running(): number {
    return this.all().filter((job) => !isFinal(job)).length;
  }

  attention(): boolean {
    return this.kept.unseen.length > 0;
  }

  tabOf(fileId: string): Asked | undefined {
    return this.kept.tabs[fileId];
  }

  /** A job was made from this frame, or its clip was asked for once more. */
  follow(fileId: string, { tabId, frameId }: Frame, made: boolean): void {
    const before = this.tabOf(fileId);
    this.kept.tabs[fileId] = { tabId, frameId, made: made || (before?.tabId === tabId && before.made) };
    this.save();
  }

  put(job: Job): void {
    const before = this.kept.jobs[job.file_id];
    this.kept.jobs[job.file_id] = job;
    const failed = job.state === 'failed' && before !== undefined && before.state !== 'failed';
    this.kept.unseen = this.kept.unseen.filter((id) => id !== job.file_id);
    if (failed) this.kept.unseen.push(job.file_id);
    this.save();
  }

  /** The companion's own list replaces ours, but for jobs that it did not page this far. */
  replace(jobs: readonly Job[]): void {
    this.kept.jobs = Object.fromEntries(jobs.map((job) => [job.file_id, job]));
    this.save();
  }

  remove(fileId: string): void {
    this.kept.jobs = without(this.kept.jobs, fileId);
    this.kept.tabs = without(this.kept.tabs, fileId);
    this.kept.unseen = this.kept.unseen.filter((id) => id !== fileId);
    this.save();
  }

  /** The popup has shown them. */
  seen(): void {
    this.kept.unseen = [];
    this.save();
  }

  private save(): void {
    for (const job of this.all().filter(isFinal).slice(KEEP)) {
      this.kept.jobs = without(this.kept.jobs, job.file_id);
      this.kept.tabs = without(this.kept.tabs, job.file_id);
    }
    void browser.storage.session.set({ book: this.kept });
    this.changed();
  }
}

function without<V>(record: Record<string, V>, key: string): Record<string, V> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== key));
}
