import type { JSX } from 'preact';
import { markEdge, setEdge, type Edge, type Moved, type Range } from '../clip/range';
import { t } from '../i18n/text';
import { TimeField } from './time-field';

interface EdgeEditorProps {
  edge: Edge;
  range: Range;
  duration: number;
  frame: number;
  disabled: boolean;
  onChange: (range: Range, moved: Moved) => void;
  /** The player's time; left out where there is no player. */
  now?: (() => number) | undefined;
}

/** One edge of the clip: its time code, buttons for small steps, and buttons that set it. */
export function EdgeEditor({ edge, range, duration, frame, disabled, onChange, now }: EdgeEditorProps): JSX.Element {
  const at = range[edge];
  const put = (time: number) => {
    onChange(setEdge(range, edge, time, duration), edge);
  };
  const step = (label: string, title: string, by: number, hook: string) => (
    <button
      type="button"
      class={Math.abs(by) === 1 ? 'step second' : 'step'}
      title={title}
      aria-label={title}
      disabled={disabled}
      data-hook={hook}
      onClick={() => put(at + by)}
    >
      {label}
    </button>
  );
  const isStart = edge === 'start';
  return (
    <div class={`edge ${edge}`} role="group" aria-label={t(isStart ? 'start' : 'end')}>
      <div class="puts">
        <span class="name" aria-hidden="true">
          {t(isStart ? 'start' : 'end')}
        </span>
        {now && (
          <button
            type="button"
            class="quiet"
            disabled={disabled}
            data-hook={`${edge}-now`}
            onClick={() => onChange(markEdge(range, edge, now(), duration), 'now')}
          >
            {t('set_to_now')}
          </button>
        )}
        <button
          type="button"
          class="quiet"
          disabled={disabled}
          data-hook={isStart ? 'from-beginning' : 'to-end'}
          onClick={() => put(isStart ? 0 : duration)}
        >
          {t(isStart ? 'from_beginning' : 'to_end')}
        </button>
      </div>
      <div class="steps" dir="ltr">
        {step('−1 s', t('back_second'), -1, `${edge}-back-second`)}
        {step('‹', t('back_frame'), -frame, `${edge}-back-frame`)}
        <TimeField
          label={t(isStart ? 'start' : 'end')}
          value={at}
          frame={frame}
          disabled={disabled}
          hook={edge}
          onChange={put}
        />
        {step('›', t('forward_frame'), frame, `${edge}-forward-frame`)}
        {step('+1 s', t('forward_second'), 1, `${edge}-forward-second`)}
      </div>
    </div>
  );
}
