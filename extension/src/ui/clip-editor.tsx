import type { ComponentChildren, JSX } from 'preact';
import { isClip, lengthOf, toMillis, type Moved, type Range } from '../clip/range';
import type { ChapterInfo, VideoInfo } from '../protocol/generated';
import { EdgeEditor } from './edge-editor';
import { estimateBytes, formatLength, type Choice } from './format';
import { formatBytes } from './format-bytes';
import { t } from '../i18n/text';
import { Timeline } from './timeline';

/** The page's player, where there is one. */
export interface EditorPlayer {
  now: () => number;
  seek: (time: number) => void;
}

export interface ClipEditorProps {
  duration: number;
  range: Range;
  onRange: (range: Range, moved: Moved) => void;
  video: VideoInfo | null;
  choices: readonly Choice[];
  choice: Choice;
  onChoice: (key: string) => void;
  disabled?: boolean;
  player?: EditorPlayer;
  playhead?: number | null;
  /** What stands between the two edges: *Preview* in the panel. */
  middle?: ComponentChildren;
  /** The submit button was pressed, and every time is one. */
  onDownload: () => void;
  /** The buttons: one of them submits. */
  children: ComponentChildren;
}

/** Form for a clip's range and output format, used by the panel and the dashboard. */
export function ClipEditor(props: ClipEditorProps): JSX.Element {
  const { duration, range, onRange, video, choices, choice, disabled = false, player, playhead = null } = props;
  const frame = 1 / (video?.qualities?.[0]?.fps ?? 30);
  const chapters = video?.chapters ?? [];
  const edge = { range, duration, frame, disabled, onChange: onRange, now: player?.now };
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault();
        if (isClip(range)) props.onDownload();
      }}
    >
      <Timeline
        duration={duration}
        range={range}
        frame={frame}
        chapters={chapters}
        playhead={playhead}
        disabled={disabled}
        onChange={onRange}
        onSeek={player?.seek}
      />
      <div class="edges">
        <EdgeEditor edge="start" {...edge} />
        <div class="middle">
          {chapters.length > 1 && (
            <ChapterSelect chapters={chapters} range={range} disabled={disabled} onRange={onRange} />
          )}
          <div class="length-row">
            <span class="length" data-hook="length">
              {formatLength(lengthOf(range))}
            </span>
            {props.middle}
          </div>
        </div>
        <EdgeEditor edge="end" {...edge} />
      </div>
      {!isClip(range) && (
        <p class="notice" role="status" data-hook="no-clip">
          {t('start_after_end')}
        </p>
      )}
      <div class="actions">
        <label class="format">
          <span class="label">{t('format')}</span>
          <select
            value={choice.key}
            disabled={disabled}
            data-hook="format"
            onChange={(event) => props.onChoice(event.currentTarget.value)}
          >
            {choices.map(({ key, label }) => (
              <option key={key} value={key}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <span class="estimate" data-hook="estimate">
          {estimate(choice, range, duration)}
        </span>
        <span class="spring" />
        {props.children}
      </div>
    </form>
  );
}

function estimate(choice: Choice, range: Range, duration: number): string {
  const bytes = estimateBytes(choice, range, duration);
  return bytes === null ? '' : t('about_size', formatBytes(bytes));
}

interface ChapterSelectProps {
  chapters: readonly ChapterInfo[];
  range: Range;
  disabled: boolean;
  onRange: (range: Range, edge: 'both') => void;
}

function ChapterSelect({ chapters, range, disabled, onRange }: ChapterSelectProps): JSX.Element {
  const same = (chapter: ChapterInfo) =>
    toMillis(chapter.start_s) === range.start && toMillis(chapter.end_s) === range.end;
  const chosen = chapters.findIndex(same);
  return (
    <select
      class="chapters"
      aria-label={t('chapter')}
      value={String(chosen)}
      disabled={disabled}
      data-hook="chapter"
      onChange={(event) => {
        const chapter = chapters[Number(event.currentTarget.value)];
        if (chapter) onRange({ start: toMillis(chapter.start_s), end: toMillis(chapter.end_s) }, 'both');
      }}
    >
      <option value="-1" disabled>
        {t('choose_chapter')}
      </option>
      {chapters.map((chapter, index) => (
        <option key={chapter.start_s} value={String(index)}>
          {chapter.title}
        </option>
      ))}
    </select>
  );
}
