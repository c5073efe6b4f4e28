import type { ErrorInfo, Job, OutputParams, VideoInfo } from '../protocol/generated';
import type { Range } from '../clip/range';

/**
 * What a page's content script may ask of the background. The address of the video is never among it: the background reads
 * that from the browser. `permalink` only chooses among the posts of the page's own site.
 */
export type PageAsk =
  | { ask: 'panel' }
  | ({ ask: 'resolve' } & Where)
  | ({ ask: 'clip'; range: Range | null; output: OutputParams; title: string; again: boolean } & Where)
  | ({ ask: 'session' } & Where)
  | { ask: 'tooltip' }
  | { ask: 'job'; file_id: string; action: JobAction };

export interface Where {
  permalink?: string | undefined;
  item?: number | undefined;
  /** The person lends their session on this site to this clip. */
  session?: boolean | undefined;
}

/** `copy` puts the file itself on the clipboard; `seen`: the page shows how the job ended. */
export type JobAction = 'cancel' | 'finish' | 'retry' | 'open' | 'reveal' | 'copy' | 'undo' | 'seen';

/** The result's type by the question's. */
export interface PageAnswers {
  panel: true;
  resolve: VideoInfo;
  clip: Job;
  job: true;
  /** Whether cookies may be read; if not, the person is being asked and `consented` is told later. */
  session: boolean;
  /** What the button does, with the key that the browser has given to it. */
  tooltip: string;
}

export type Reply<T> = { ok: true; value: T } | { ok: false; error: ErrorInfo };

/** What our own pages ask beside the companion's methods: another attempt at a job, with the session of that tab's window. */
export interface RetryAsk {
  ask: 'retry-with-session';
  file_id: string;
  tabId: number;
}

/** What the background tells the tab that a job was started from. */
export type Tell =
  | { tell: 'job'; job: Job }
  | { tell: 'command'; command: PanelCommand }
  | { tell: 'consented' }
  | { tell: 'trouble'; error: ErrorInfo; url?: string | undefined };

/** What the keys and the context menu ask of the panel. */
export type PanelCommand = 'mark-start' | 'mark-end' | 'open-panel' | 'clip-last';

/** The name of the port that our own pages open to the background. */
export const OWN_PAGE = 'own-page';
