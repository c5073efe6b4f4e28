import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { clamp, lengthOf, moveEdge, slide, type Edge, type Range } from '../clip/range';
import { formatTime } from '../clip/timecode';
import { pan, reveal, ticks, toShare, toTime, viewAround, zoom, type View } from '../clip/view';
import type { ChapterInfo } from '../protocol/generated';
import { formatLength } from './format';
import { IconButton } from './icons';
import { t } from '../i18n/text';

export interface TimelineProps {
  duration: number;
  range: Range;
  /** One frame, seconds: what an arrow key moves an edge by. */
  frame: number;
  chapters: readonly ChapterInfo[];
  /** The player's time; `null` where there is no player. */
  playhead: number | null;
  disabled: boolean;
  /** `edge`: the edge that is dragged, so that a player can show that frame. */
  onChange: (range: Range, edge: Edge | 'both') => void;
  onSeek?: ((time: number) => void) | undefined;
}

type Grip = Edge | 'both' | 'playhead';

/** A zoomed stretch of the video with the selection on it, and below it the whole video. Time runs left to right everywhere. */
export function Timeline(props: TimelineProps): JSX.Element {
  const { duration, range, playhead, chapters, disabled } = props;
  const [view, setView] = useState<View>(() => viewAround(range, duration));
  const strip = useRef<HTMLDivElement>(null);
  const shown = useRef(range);

  useEffect(() => {
    setView(viewAround(shown.current, duration));
  }, [duration]);
  // Follow an edge that was moved out of view from elsewhere (a typed time, a key).
  useEffect(() => {
    const before = shown.current;
    shown.current = range;
    if (before.start !== range.start) setView((now) => reveal(now, range.start, duration));
    if (before.end !== range.end) setView((now) => reveal(now, range.end, duration));
  }, [range, duration]);

  const drag = usePointerDrag<Grip>(strip, (grip, share, from) => {
    const time = toTime(view, clamp(share, -0.05, 1.05));
    if (grip === 'playhead') props.onSeek?.(clamp(time, 0, duration));
    else if (grip === 'both') props.onChange(slide(from.range, time - toTime(view, from.share), duration), 'both');
    else props.onChange(moveEdge(range, grip, time, duration), grip);
  });
  const begin = (grip: Grip) => (event: PointerEvent) => {
    if (!disabled && event.button === 0 && event.isTrusted) drag(grip, event, range);
  };
  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    const box = strip.current?.getBoundingClientRect();
    if (!box) return;
    const at = toTime(view, clamp((event.clientX - box.left) / box.width, 0, 1));
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const share = event.deltaX / box.width;
    setView(
      sideways ? pan(view, share * (view.to - view.from), duration) : zoom(view, 1.0015 ** event.deltaY, at, duration),
    );
  };
  const middle = (range.start + range.end) / 2;
  const percent = (time: number) => `${toShare(view, time) * 100}%`;

  return (
    <div class="timeline" dir="ltr">
      <div class="strip" ref={strip} onWheel={onWheel} onPointerDown={begin('playhead')} data-hook="strip">
        <div class="ruler" aria-hidden="true">
          {ticks(view, 9).map((time) => (
            <span key={time} class="tick" style={{ left: percent(time) }}>
              {view.to - view.from < 8 ? formatTime(time).slice(0, -2) : formatTime(time, false)}
            </span>
          ))}
        </div>
        <div class="track">
          {chapters.slice(1).map((chapter) => (
            <i key={chapter.start_s} class="chapter-line" style={{ left: percent(chapter.start_s) }} />
          ))}
          <div
            class="selection"
            style={{
              left: percent(range.start),
              width: `${(Math.max(0, lengthOf(range)) / (view.to - view.from)) * 100}%`,
            }}
            onPointerDown={begin('both')}
          />
          {playhead !== null && <i class="playhead" style={{ left: percent(playhead) }} />}
          <Handle edge="start" at={percent(range.start)} onPointerDown={begin('start')} {...props} />
          <Handle edge="end" at={percent(range.end)} onPointerDown={begin('end')} {...props} />
        </div>
      </div>
      <div class="overview-row">
        <Overview view={view} duration={duration} range={range} playhead={playhead} onView={setView} />
        <IconButton icon="minus" label={t('zoom_out')} onClick={() => setView(zoom(view, 2, middle, duration))} />
        <IconButton
          icon="plus"
          label={t('zoom_in')}
          hook="zoom-in"
          onClick={() => setView(zoom(view, 0.5, middle, duration))}
        />
        <IconButton icon="fit" label={t('zoom_fit')} onClick={() => setView(viewAround(range, duration))} />
      </div>
    </div>
  );
}

interface HandleProps extends TimelineProps {
  edge: Edge;
  at: string;
  onPointerDown: (event: PointerEvent) => void;
}

/** A real slider: arrows move it by a frame, with Shift by a second, Page keys by ten, Home and End as far as it goes. */
function Handle({ edge, at, range, duration, frame, disabled, onChange, onPointerDown }: HandleProps): JSX.Element {
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.shiftKey ? 1 : frame;
    const moves: Record<string, number | undefined> = {
      ArrowLeft: range[edge] - step,
      ArrowDown: range[edge] - step,
      ArrowRight: range[edge] + step,
      ArrowUp: range[edge] + step,
      PageDown: range[edge] - 10,
      PageUp: range[edge] + 10,
      Home: 0,
      End: duration,
    };
    const time = moves[event.key];
    if (time === undefined || disabled) return;
    event.preventDefault();
    onChange(moveEdge(range, edge, time, duration), edge);
  };
  const other = edge === 'start' ? range.end : range.start;
  const [low, high] = edge === 'start' ? [0, Math.max(range.start, other)] : [Math.min(range.end, other), duration];
  return (
    <div
      role="slider"
      tabIndex={disabled ? -1 : 0}
      class={`handle ${edge}`}
      style={{ left: at }}
      aria-label={t(edge === 'start' ? 'start' : 'end')}
      aria-valuemin={low}
      aria-valuemax={high}
      aria-valuenow={range[edge]}
      aria-valuetext={t('slider_value', formatTime(range[edge]), formatLength(lengthOf(range)))}
      aria-disabled={disabled}
      data-hook={`handle-${edge}`}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
    />
  );
}

interface OverviewProps {
  view: View;
  duration: number;
  range: Range;
  playhead: number | null;
  onView: (view: View) => void;
}

/** The whole video: where the selection lies, and which stretch the strip above shows. Dragging moves that stretch. */
function Overview({ view, duration, range, playhead, onView }: OverviewProps): JSX.Element {
  const bar = useRef<HTMLDivElement>(null);
  const span = view.to - view.from;
  const drag = usePointerDrag<null>(bar, (_grip, share) => {
    onView(pan(view, share * duration - span / 2 - view.from, duration));
  });
  const percent = (time: number) => `${(time / duration) * 100}%`;
  return (
    <div class="overview" ref={bar} aria-hidden="true" onPointerDown={(event) => drag(null, event, range)}>
      <i class="window" style={{ left: percent(view.from), width: percent(span) }} />
      <i class="part" style={{ left: percent(range.start), width: percent(Math.max(0, range.end - range.start)) }} />
      {playhead !== null && <i class="playhead" style={{ left: percent(playhead) }} />}
    </div>
  );
}

interface Grabbed {
  range: Range;
  /** Where along the bar the drag began, 0 … 1. */
  share: number;
}

/** Return a function that begins a drag. `onDrag` is called with the pointer's place along `bar` (0 … 1, and beyond). */
function usePointerDrag<G>(
  bar: { current: HTMLElement | null },
  onDrag: (grip: G, share: number, from: Grabbed) => void,
): (grip: G, event: PointerEvent, range: Range) => void {
  // A drag outlives many renderings: it has to call the newest function, not the one it began with.
  const latest = useRef(onDrag);
  latest.current = onDrag;
  return (grip, event, range) => {
    event.stopPropagation();
    event.preventDefault();
    const target = event.currentTarget as HTMLElement;
    target.focus({ preventScroll: true });
    target.setPointerCapture(event.pointerId);
    bar.current?.classList.add('dragging');
    const shareAt = (moved: PointerEvent) => {
      const box = bar.current?.getBoundingClientRect();
      return box ? (moved.clientX - box.left) / box.width : 0;
    };
    const from = { range, share: shareAt(event) };
    const move = (moved: PointerEvent) => {
      latest.current(grip, shareAt(moved), from);
    };
    const end = () => {
      bar.current?.classList.remove('dragging');
      target.removeEventListener('pointermove', move);
      target.removeEventListener('lostpointercapture', end);
    };
    target.addEventListener('pointermove', move);
    target.addEventListener('lostpointercapture', end);
    // A click on the track goes there; a click on a handle does not move it by the pixels that it was missed by.
    if (target === bar.current) move(event);
  };
}
