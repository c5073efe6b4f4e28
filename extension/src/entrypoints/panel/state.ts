import type { Range } from '../../clip/range';
import type { ErrorInfo, Job, VideoInfo } from '../../protocol/generated';
import type { Note } from '../../ui/toast';

/** What the panel, the notes and the mark on the progress bar render. Times in seconds. */
export interface State {
  open: boolean;
  title: string;
  /** 0: not known yet. */
  duration: number;
  range: Range;
  /** An advertisement plays in the place of the video. */
  ad: boolean;
  live: boolean;
  /** The result of `resolve`. */
  video: VideoInfo | null;
  resolving: boolean;
  trouble: ErrorInfo | null;
  /** The key of the selected output format. */
  choice: string;
  sending: boolean;
  previewing: boolean;
  notes: readonly Note[];
  /** Jobs of this frame that record a broadcast. */
  recordings: readonly Job[];
}

/** The fields that belong to one video, as they are before anything is known of it. */
export const NO_VIDEO = {
  duration: 0,
  range: { start: 0, end: 0 },
  video: null,
  trouble: null,
  previewing: false,
} as const;

export const INITIAL_STATE: State = {
  ...NO_VIDEO,
  open: false,
  title: '',
  ad: false,
  live: false,
  resolving: false,
  choice: 'best',
  sending: false,
  notes: [],
  recordings: [],
};
