import { browser } from 'wxt/browser';
import { isFinal, newestFirst } from '../../protocol/jobs';
import type { Job } from '../../protocol/generated';
import type { Frame } from '../../browser/frames';
import { readStoredJobs } from '../../messaging/page-schemas';

/** Number of finished jobs that are kept beside the running ones. */
const KEEP = 20;

interface Asked extends Frame {
  /** The job was created from that tab, which may undo it. */
  made: boolean;
}

interface Kept {
  jobs: Record<string, Job>;
  /** The tab and frame that each job was requested from. */
  tabs: Record<string, Asked>;
  /** Failed jobs that were not shown yet. */
  unseen: string[];
}

/** The jobs known to the background. Kept in session storage: the service worker may be stopped at any time. */
export class JobCache {
  private kept: Kept = { jobs: {}, tabs: {}, unseen: [] };
  private readonly loaded: Promise<void>;

  constructor(private readonly changed: () => void) {
    this.loaded = browser.storage.session.get('jobs').then((stored) => {
      this.kept = readStoredJobs(stored['jobs']) ?? this.kept;
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

  /** Send the changes of a job to the frame that requested it, for the first time or again. */
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

  /** Replace the jobs by the companion's list, but for those older than its page. */
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

  /** Mark the failed jobs as shown. */
  seen(): void {
    this.kept.unseen = [];
    this.save();
  }

  private save(): void {
    for (const job of this.all().filter(isFinal).slice(KEEP)) {
      this.kept.jobs = without(this.kept.jobs, job.file_id);
      this.kept.tabs = without(this.kept.tabs, job.file_id);
    }
    void browser.storage.session.set({ jobs: this.kept });
    this.changed();
  }
}

function without<V>(record: Record<string, V>, key: string): Record<string, V> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== key));
}
