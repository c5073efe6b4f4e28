import type { ButtonState } from '../../page/shared';
import type { Job } from '../../protocol/generated';
import { canFinish, fraction, isFinal, isRecording, upsert } from '../../protocol/jobs';

/** How long the button shows that a clip is done or failed, ms. */
const ENDED_MS = 3_500;

/** The jobs that were started in this frame; sets the button to their combined state. */
export class FollowedJobs {
  private jobs: Job[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly setButton: (state: ButtonState) => void) {}

  /**
   * Take a change of `job`. Returns whether it ended with this change.
   *
   * @param asked it is the response to a request: reported as ended even where it was finished before
   */
  update(job: Job, asked: boolean): boolean {
    const before = this.jobs.find((other) => other.file_id === job.file_id);
    this.jobs = upsert(this.jobs, job);
    const ended = isFinal(job) && (asked || before === undefined || !isFinal(before));
    this.show(ended ? job : null);
    return ended;
  }

  /** The broadcasts that are recorded from here and can be stopped. */
  recordings(): readonly Job[] {
    return this.jobs.filter(canFinish);
  }

  private show(ended: Job | null): void {
    clearTimeout(this.timer);
    const running = this.jobs.filter((job) => !isFinal(job));
    const measured = running.filter((job) => !isRecording(job));
    if (measured.length > 0) {
      const sum = measured.reduce((total, job) => total + fraction(job), 0);
      this.setButton({ look: 'busy', fraction: sum / measured.length });
    } else if (running.length > 0) {
      this.setButton({ look: 'recording' });
    } else if (ended?.state === 'done' || ended?.state === 'failed') {
      this.setButton({ look: ended.state });
      this.timer = setTimeout(() => {
        this.setButton({ look: 'idle' });
      }, ENDED_MS);
    } else {
      this.setButton({ look: 'idle' });
    }
  }
}
