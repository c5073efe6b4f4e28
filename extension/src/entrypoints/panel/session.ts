import { isWhole, lastSeconds, type Edge, type Moved, type Range } from '../../clip/range';
import { formatTime } from '../../clip/timecode';
import { t } from '../../i18n/text';
import type { JobAction, PanelCommand, FrameMessage } from '../../messaging/page-messages';
import type { Player } from '../../page/player';
import { shared } from '../../page/shared';
import { companionAway, sessionHelps, toErrorInfo } from '../../protocol/errors';
import type { ErrorInfo, Job } from '../../protocol/generated';
import { choicesFor, type Choice } from '../../ui/format';
import type { Note } from '../../ui/toast';
import { request } from './background';
import { FollowedJobs } from './followed-jobs';
import { Notes } from './notes';
import { PageVideo } from './page-video';
import { INITIAL_STATE, type State } from './state';

/** Actions after which a note stays: more can be done with its file. */
const KEEPS_NOTE: ReadonlySet<JobAction> = new Set<JobAction>(['open', 'reveal', 'copy']);
/** Where no quality of the video is known. */
const DEFAULT_FPS = 30;

/** State and commands of the panel in one frame. Renders nothing: `onChange` is called after every change of `state`. */
export class Session {
  state = INITIAL_STATE;
  private readonly video = new PageVideo();
  private readonly jobs = new FollowedJobs((state) => shared().setButton?.(state));
  private readonly notes = new Notes((notes) => this.set({ notes }));
  /** Ids of the clips that were created here: only these can be undone here. */
  private readonly created = new Set<string>();
  private recovering = false;

  constructor(private readonly onChange: () => void) {}

  get player(): Player | null {
    return this.video.player;
  }

  // Commands of the button, the keys and the context menu -------------------------------------------------------------

  command(command: PanelCommand): void {
    if (command === 'open-panel' && this.state.open) {
      this.close();
      return;
    }
    const obstacle = this.obstacle(command);
    if (obstacle !== null) {
      this.inform(obstacle);
      return;
    }
    switch (command) {
      case 'open-panel':
        this.open();
        break;
      case 'mark-start':
      case 'mark-end':
        this.mark(command === 'mark-start' ? 'start' : 'end');
        break;
      case 'clip-last':
        void this.download(lastSeconds(this.player?.now() ?? 0, this.state.duration));
    }
  }

  receive(message: FrameMessage): void {
    if (message.type === 'job') this.follow(message.job);
    else if (message.type === 'command') this.command(message.command);
    else if (message.type === 'consented') this.lend();
    else this.fail(message.error, message.url);
  }

  // The panel ---------------------------------------------------------------------------------------------------------

  open(): void {
    this.set({ open: true, trouble: null });
    if (!this.state.video) void this.resolve();
  }

  close(): void {
    this.set({ open: false, previewing: false });
  }

  /** Called on every frame while the panel is open. `false`: the video that it was opened for is gone. */
  tick(): boolean {
    const { player, state } = this;
    if (!player?.video.isConnected) return false;
    if (state.previewing) {
      const now = player.now();
      if (now >= state.range.end - 0.02 || now < state.range.start - 0.5) player.seek(state.range.start);
    }
    return true;
  }

  /** Follow the page to another video or to an advertisement. Called at intervals while the panel is open. */
  check(): void {
    if (this.state.open && !this.readPage()) this.close();
    else if (this.state.open && !this.state.video && !this.state.resolving && !this.state.trouble) void this.resolve();
  }

  setRange(range: Range, moved: Moved): void {
    this.video.keep(range);
    this.set({ range, previewing: false });
    const { player } = this;
    if (!player || moved === 'now') return;
    player.pause();
    // Show the first or the last frame of the clip: the last one is the one before the end.
    const frame = 1 / (this.state.video?.qualities?.[0]?.fps ?? DEFAULT_FPS);
    player.seek(moved === 'end' ? Math.max(range.start, range.end - frame) : range.start);
  }

  seek(time: number): void {
    this.set({ previewing: false });
    this.player?.seek(time);
  }

  preview(): void {
    const { player } = this;
    if (!player) return;
    const previewing = !this.state.previewing;
    this.set({ previewing });
    if (previewing) {
      player.seek(this.state.range.start);
      player.play();
    } else {
      player.pause();
    }
  }

  /** Lend the user's session on this site to the clip. */
  async useSession(): Promise<void> {
    try {
      if (await request({ type: 'session', ...this.video.ref() })) this.lend();
    } catch (error) {
      this.set({ trouble: toErrorInfo(error) });
    }
  }

  choose(choice: string): void {
    this.set({ choice });
  }

  choices(): Choice[] {
    return choicesFor(this.state.video);
  }

  chosen(): Choice {
    const choices = this.choices();
    const choice = choices.find(({ key }) => key === this.state.choice) ?? choices[0];
    return choice ?? { key: 'best', label: '', output: { kind: 'mp4' }, bytesPerSecond: null };
  }

  async download(range: Range | null = this.state.range, again = false): Promise<void> {
    const { duration, live, title } = this.state;
    // A broadcast goes on: a range over all that it has shown so far is still a part of it.
    const part = range && !live && isWhole(range, duration) ? null : range;
    this.set({ sending: true, trouble: null });
    try {
      const { output } = this.chosen();
      const job = await request({ type: 'clip', range: part, output, title, again, ...this.video.ref() });
      this.close();
      this.follow(job);
    } catch (error) {
      this.fail(toErrorInfo(error));
    } finally {
      this.set({ sending: false });
    }
  }

  /** Resolve again after the companion was away. A failure of the same kind changes nothing on screen. */
  async recover(): Promise<void> {
    if (this.recovering) return;
    this.recovering = true;
    const { key } = this.video;
    try {
      const video = await request({ type: 'resolve', ...this.video.ref() });
      if (key === this.video.key) this.set({ video, trouble: null });
    } catch (error) {
      const trouble = toErrorInfo(error);
      if (key === this.video.key && trouble.code !== this.state.trouble?.code) this.set({ trouble });
    } finally {
      this.recovering = false;
    }
  }

  // Notes -------------------------------------------------------------------------------------------------------------

  /** Do what a button of a note, or of a recording's row, offers. */
  async act(action: JobAction, job: Job, note?: Note): Promise<void> {
    if (action === 'retry' && job.error && sessionHelps(job.error)) {
      // As it is the job would be refused again. It can be lent a session where its video is.
      if (this.showTrouble(job, job.error)) {
        if (note) this.drop(note.id);
      } else {
        window.open(job.url, '_blank', 'noopener');
      }
      return;
    }
    if (note && !KEEPS_NOTE.has(action)) this.drop(note.id);
    try {
      await request({ type: 'job', file_id: job.file_id, action });
      if (action === 'undo') this.inform(t('undone'));
      if (action === 'copy') this.inform(t('file_copied'));
    } catch (error) {
      const info = toErrorInfo(error);
      const shown = action === 'retry' && sessionHelps(info) && this.showTrouble(job, info);
      if (!shown) this.notes.add({ kind: 'failed', error: info });
    }
  }

  /** Report that this page has shown how the job ended. */
  async seen(fileId: string): Promise<void> {
    // Where the report fails, the desktop notification is shown as well.
    await request({ type: 'job', file_id: fileId, action: 'seen' }).catch(() => undefined);
  }

  drop(noteId: string): void {
    this.notes.remove(noteId);
  }

  hold(held: boolean): void {
    this.notes.hold(held);
  }

  // Inside ------------------------------------------------------------------------------------------------------------

  /** Bring the state up to date with the page and its player. `false`: there is no video to clip. */
  private readPage(): boolean {
    const change = this.video.read(this.state);
    if (change) this.set(change);
    return change !== null;
  }

  /** The reason why `command` cannot be carried out now, as a sentence. */
  private obstacle(command: PanelCommand): string | null {
    if (!this.readPage()) return t('no_video_here');
    if (this.state.ad) return t('ad_playing');
    return this.state.duration === 0 && command !== 'open-panel' ? t('video_loading') : null;
  }

  /** Open the panel with `trouble` where the page still shows the job's video. */
  private showTrouble(job: Job, trouble: ErrorInfo): boolean {
    const here = this.readPage() && this.video.isAt(job.url);
    if (here) this.set({ open: true, trouble });
    return here;
  }

  /** Show a failure in the panel if that is open or can recover by itself, in a note otherwise. */
  private fail(error: ErrorInfo, url?: string): void {
    if (this.state.open || (companionAway(error) && this.readPage())) this.set({ open: true, trouble: error });
    else this.notes.add({ kind: 'failed', error, url });
  }

  private lend(): void {
    this.video.lendSession();
    this.set({ trouble: null });
    void this.resolve();
  }

  private mark(edge: Edge): void {
    const range = this.video.mark(edge, this.state.duration);
    this.set({ range });
    this.inform(t(edge === 'start' ? 'start_marked' : 'end_marked', formatTime(range[edge])));
  }

  private async resolve(): Promise<void> {
    const { key } = this.video;
    this.set({ resolving: true });
    let result: Partial<State>;
    try {
      result = { video: await request({ type: 'resolve', ...this.video.ref() }), trouble: null };
    } catch (error) {
      result = { trouble: toErrorInfo(error) };
    }
    this.set({ resolving: false, ...(key === this.video.key ? result : {}) });
  }

  /** Take a change of one of this frame's jobs; with `created`, the answer to a request of a moment ago. */
  private follow(job: Job): void {
    const { created = null } = job;
    if (created === true) this.created.add(job.file_id);
    const ended = this.jobs.update(job, created !== null);
    const recordings = this.jobs.recordings();
    if (recordings.length > 0 || this.state.recordings.length > 0) this.set({ recordings });
    if (!ended) return;
    if (job.state === 'done') {
      const already = created === false;
      this.notes.add({ kind: 'done', job, already, undo: !already && this.created.has(job.file_id) });
    }
    if (job.state === 'failed' && job.error) this.notes.add({ kind: 'failed', error: job.error, job });
  }

  private inform(text: string): void {
    this.notes.add({ kind: 'said', text });
  }

  private set(change: Partial<State>): void {
    const same = (Object.keys(change) as (keyof State)[]).every((key) => change[key] === this.state[key]);
    if (same) return;
    this.state = { ...this.state, ...change };
    this.onChange();
  }
}
