import { isWhole, lastSeconds, markEdge, setEdge, toMillis, type Edge, type Moved, type Range } from '../../clip/range';
import type { JobAction, PanelCommand, Tell, Where } from '../../messaging/page-messages';
import { Player } from '../../page/player';
import { shared } from '../../page/shared';
import { formatTime } from '../../clip/timecode';
import { companionAway, sessionHelps, toErrorInfo } from '../../protocol/errors';
import type { ErrorInfo, Job, OutputParams, VideoInfo } from '../../protocol/generated';
import { anyPlace } from '../../sites/any-page';
import { choicesFor, type Choice } from '../../ui/format';
import { t } from '../../i18n/text';
import type { Note } from '../../ui/toast';
import { ask } from './background';
import { Followed } from './followed';

/** How long a note stays, ms. A failure stays until it is closed. */
const NOTE_MS = 9_000;
/** Shorter than any video that is worth a clip: the player does not know its length yet. */
const NO_DURATION_S = 0.2;

/** What leaves the note where it is: there is more that can be done with the file. */
const STAYS: ReadonlySet<JobAction> = new Set<JobAction>(['open', 'reveal', 'copy']);

export interface State {
  open: boolean;
  title: string;
  duration: number;
  range: Range;
  ad: boolean;
  live: boolean;
  video: VideoInfo | null;
  resolving: boolean;
  trouble: ErrorInfo | null;
  choice: string;
  sending: boolean;
  previewing: boolean;
  notes: readonly Note[];
  /** Broadcasts that are being recorded from here. */
  recordings: readonly Job[];
}

const CLOSED: State = {
  open: false,
  title: '',
  duration: 0,
  range: { start: 0, end: 0 },
  ad: false,
  live: false,
  video: null,
  resolving: false,
  trouble: null,
  choice: 'best',
  sending: false,
  previewing: false,
  notes: [],
  recordings: [],
};

/** Of a video that was not seen before. */
const FRESH = { duration: 0, range: CLOSED.range, video: null, trouble: null, previewing: false } as const;

/** What happens in one frame: marks, the panel, jobs that were started here. Knows nothing of how it is drawn. */
export class Session {
  state = CLOSED;
  player: Player | null = null;
  private videoKey = '';
  private readonly marks = new Map<string, Range>();
  /** The video that the person lends their session to. */
  private lentTo: string | null = null;
  private readonly followed = new Followed((state) => shared().setButton?.(state));
  private held = false;
  /** Clips that a click here made: only they can be undone here. */
  private readonly made = new Set<string>();
  private recovering = false;

  constructor(private readonly changed: () => void) {}

  // What the button, the keys and the menu ask ----------------------------------------------------------------------

  command(command: PanelCommand): void {
    if (command === 'open-panel' && this.state.open) {
      this.close();
      return;
    }
    if (!this.look()) {
      this.say(t('no_video_here'));
      return;
    }
    if (this.state.ad) {
      this.say(t('ad_playing'));
      return;
    }
    if (this.state.duration === 0 && command !== 'open-panel') {
      this.say(t('video_loading'));
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
      case 'clip-last': {
        const now = this.player?.now() ?? 0;
        void this.download(lastSeconds(now, this.state.duration));
      }
    }
  }

  hear(message: Tell): void {
    if (message.tell === 'job') this.follow(message.job);
    else if (message.tell === 'command') this.command(message.command);
    else if (message.tell === 'consented') this.lend();
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

  /** Called on every frame while the panel is open. False: the video that it was opened for is gone. */
  tick(): boolean {
    const { player, state } = this;
    if (!player?.video.isConnected) return false;
    if (state.previewing) {
      const now = player.now();
      if (now >= state.range.end - 0.02 || now < state.range.start - 0.5) player.seek(state.range.start);
    }
    return true;
  }

  /** The page may have gone on to another video, or to an advertisement. */
  check(): void {
    if (this.state.open && !this.look()) this.close();
    else if (this.state.open && !this.state.video && !this.state.resolving && !this.state.trouble) void this.resolve();
  }

  setRange(range: Range, moved: Moved): void {
    this.marks.set(this.videoKey, range);
    this.set({ range, previewing: false });
    const { player } = this;
    if (!player || moved === 'now') return;
    player.pause();
    // Show the picture that the clip begins or ends with: the last one is the one before the end.
    const frame = 1 / (this.state.video?.qualities?.[0]?.fps ?? 30);
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

  /** The person wants this clip taken with their own session on the site. */
  async useSession(): Promise<void> {
    try {
      if (await ask({ ask: 'session', ...this.where() })) this.lend();
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
    // All that a broadcast has shown so far is a piece of it, too; without marks it is recorded on.
    const asked = range && !live && isWhole(range, duration) ? null : range;
    this.set({ sending: true, trouble: null });
    try {
      const output: OutputParams = this.chosen().output;
      const job = await ask({ ask: 'clip', range: asked, output, title, again, ...this.where() });
      this.close();
      this.follow(job);
    } catch (error) {
      const info = toErrorInfo(error);
      this.fail(info);
    } finally {
      this.set({ sending: false });
    }
  }

  // Notes -------------------------------------------------------------------------------------------------------------

  async act(action: JobAction, job: Job, note?: Note): Promise<void> {
    if (action === 'retry' && job.error && sessionHelps(job.error) && this.look()) {
      // The job as it is would be refused again: here the session can be lent to it.
      this.set({ open: true, trouble: job.error });
      if (note) this.drop(note.id);
      return;
    }
    if (note && !STAYS.has(action)) this.drop(note.id);
    try {
      await ask({ ask: 'job', file_id: job.file_id, action });
      if (action === 'undo') this.say(t('undone'));
      if (action === 'copy') this.say(t('file_copied'));
    } catch (error) {
      const info = toErrorInfo(error);
      if (action === 'retry' && sessionHelps(info) && this.look()) this.set({ open: true, trouble: info });
      else this.note({ kind: 'failed', error: info });
    }
  }

  /** This page shows the person how the job ended. */
  async seen(fileId: string): Promise<void> {
    // Where that cannot be passed on, the desktop tells it as well.
    await ask({ ask: 'job', file_id: fileId, action: 'seen' }).catch(() => undefined);
  }

  drop(id: string): void {
    this.set({ notes: this.state.notes.filter((note) => note.id !== id) });
  }

  hold(held: boolean): void {
    this.held = held;
  }

  // Inside ------------------------------------------------------------------------------------------------------------

  /** Look at the page and its player again. False: there is no video to take. */
  private look(): boolean {
    const { place: find = anyPlace } = shared();
    const place = find();
    if (!place) return false;
    if (this.player?.video !== place.video || this.player.place.frame !== place.frame) this.player = new Player(place);
    const facts = this.player.facts();
    if (facts.ad !== this.state.ad) this.set({ ad: facts.ad });
    if (facts.ad) return true;
    const key = `${place.permalink ?? location.pathname + location.search}#${place.item ?? ''}`;
    if (key !== this.videoKey) {
      this.videoKey = key;
      this.set({ ...FRESH });
    }
    // Until the player knows how long its video is, what the site said will do.
    const told = facts.duration >= NO_DURATION_S ? facts.duration : (this.state.video?.duration_s ?? 0);
    const duration = toMillis(told);
    const end = place.titleEnd ?? '';
    const title = facts.title.endsWith(end) ? facts.title.slice(0, facts.title.length - end.length) : facts.title;
    if (Math.abs(duration - this.state.duration) > 0.5) {
      const range = this.marks.get(key) ?? lastSeconds(facts.time, duration);
      this.set({ duration, range });
    }
    if (title !== this.state.title || facts.live !== this.state.live) this.set({ title, live: facts.live });
    return true;
  }

  /** Where the person sees it: in the panel if that is open, or if it can go on from there by itself. */
  private fail(error: ErrorInfo, url?: string): void {
    if (this.state.open || (companionAway(error) && this.look())) this.set({ open: true, trouble: error });
    else this.note({ kind: 'failed', error, url });
  }

  /** The companion may have come: ask it again, and say nothing new while it has not. */
  async recover(): Promise<void> {
    if (this.recovering) return;
    this.recovering = true;
    const key = this.videoKey;
    try {
      const video = await ask({ ask: 'resolve', ...this.where() });
      if (key === this.videoKey) this.set({ video, trouble: null });
    } catch (error) {
      const trouble = toErrorInfo(error);
      if (key === this.videoKey && trouble.code !== this.state.trouble?.code) this.set({ trouble });
    } finally {
      this.recovering = false;
    }
  }

  private lend(): void {
    this.lentTo = this.videoKey;
    this.set({ trouble: null });
    void this.resolve();
  }

  private where(): Where {
    const { permalink, item } = this.player?.place ?? {};
    return { permalink, item, session: this.lentTo === this.videoKey };
  }

  private mark(edge: Edge): void {
    const { duration } = this.state;
    const now = this.player?.now() ?? 0;
    const marked = this.marks.get(this.videoKey);
    // The first mark opens a piece towards the end that is not marked yet.
    const first = edge === 'start' ? { start: now, end: duration } : { start: 0, end: now };
    const range = marked ? markEdge(marked, edge, now, duration) : setEdge(first, edge, now, duration);
    this.marks.set(this.videoKey, range);
    this.set({ range });
    this.say(t(edge === 'start' ? 'start_marked' : 'end_marked', formatTime(range[edge])));
  }

  private async resolve(): Promise<void> {
    const key = this.videoKey;
    this.set({ resolving: true });
    let found: Partial<State>;
    try {
      found = { video: await ask({ ask: 'resolve', ...this.where() }), trouble: null };
    } catch (error) {
      found = { trouble: toErrorInfo(error) };
    }
    this.set({ resolving: false, ...(key === this.videoKey ? found : {}) });
  }

  /** A job of this frame has news, or (with `created`) was asked for a moment ago. */
  private follow(job: Job): void {
    const { created = null } = job;
    if (created === true) this.made.add(job.file_id);
    const ended = this.followed.hear(job, created !== null);
    const recordings = this.followed.recordings();
    if (recordings.length > 0 || this.state.recordings.length > 0) this.set({ recordings });
    if (!ended) return;
    if (job.state === 'done') {
      const already = created === false;
      this.note({ kind: 'done', job, already, undo: !already && this.made.has(job.file_id) });
    }
    if (job.state === 'failed' && job.error) this.note({ kind: 'failed', error: job.error, job });
  }

  private say(text: string): void {
    this.note({ kind: 'said', text });
  }

  private note(note: Note extends infer N ? (N extends Note ? Omit<N, 'id'> : never) : never): void {
    const id = `note-${noteCount++}`;
    const same = (other: Note) => (note.kind === 'said' ? other.kind === 'said' : false);
    this.set({ notes: [...this.state.notes.filter((other) => !same(other)).slice(-2), { ...note, id }] });
    if (note.kind !== 'failed') this.dropLater(id);
  }

  private dropLater(id: string): void {
    setTimeout(() => {
      if (this.held) this.dropLater(id);
      else this.drop(id);
    }, NOTE_MS);
  }

  private set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    this.changed();
  }
}

let noteCount = 0;
