import type { ErrorInfo, Job, OutputParams, VideoInfo } from '../protocol/generated';
import type { Range } from '../clip/range';

/**
 * Requests of a content script to the background. The address of the video is never part of one: the background reads it
 * from the browser. `permalink` only chooses among the posts of the page's own site.
 */
export type PageRequest =
  | { type: 'panel' }
  | ({ type: 'resolve' } & VideoRef)
  | ({ type: 'clip'; range: Range | null; output: OutputParams; title: string; again: boolean } & VideoRef)
  | ({ type: 'session' } & VideoRef)
  | { type: 'tooltip' }
  | { type: 'job'; file_id: string; action: JobAction };

export interface VideoRef {
  permalink?: string | undefined;
  item?: number | undefined;
  /** Lend the user's session on this site to this clip. */
  session?: boolean | undefined;
}

/** `copy` puts the file itself on the clipboard; `seen`: the page shows how the job ended. */
export type JobAction = 'cancel' | 'finish' | 'retry' | 'open' | 'reveal' | 'copy' | 'undo' | 'seen';

/** The result's type by the request's. */
export interface PageResults {
  panel: true;
  resolve: VideoInfo;
  clip: Job;
  job: true;
  /** Whether cookies may be read. If not, the consent window opens, and `consented` follows. */
  session: boolean;
  /** The button's tooltip, with its shortcut. */
  tooltip: string;
}

export type Reply<T> = { ok: true; value: T } | { ok: false; error: ErrorInfo };

/** Request of the extension's own pages: another attempt at a job, with the session of that tab's window. */
export interface RetryRequest {
  type: 'retry-with-session';
  file_id: string;
  tabId: number;
}

/** Messages of the background to a frame. */
export type FrameMessage =
  | { type: 'job'; job: Job }
  | { type: 'command'; command: PanelCommand }
  | { type: 'consented' }
  | { type: 'trouble'; error: ErrorInfo; url?: string | undefined };

/** Commands of the keys and the context menu. */
export type PanelCommand = 'mark-start' | 'mark-end' | 'open-panel' | 'clip-last';

/** The name of the port that the extension's own pages open to the background. */
export const OWN_PAGE = 'own-page';
