import type { JSX } from 'preact';
import { t } from '../i18n/text';

interface PauseAllProps {
  paused: boolean;
  onPause: (paused: boolean) => void;
}

/** Pauses or resumes the whole queue. */
export function PauseAll({ paused, onPause }: PauseAllProps): JSX.Element {
  return (
    <button type="button" class="quiet" data-hook="pause-all" aria-pressed={paused} onClick={() => onPause(!paused)}>
      {t(paused ? 'dashboard_resume_all' : 'dashboard_pause_all')}
    </button>
  );
}
