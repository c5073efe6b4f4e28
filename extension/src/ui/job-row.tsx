import type { JSX } from 'preact';
import { canFinish, fraction, isFinal, isRecording } from '../protocol/jobs';
import type { Job, JobState } from '../protocol/generated';
import { errorText } from './error-text';
import { formatRange, formatState } from './format';
import { Icon, IconButton } from './icons';
import { t } from '../i18n/text';

export type RowAction =
  | 'cancel'
  | 'finish'
  | 'pause'
  | 'resume'
  | 'sooner'
  | 'retry'
  | 'open'
  | 'reveal'
  | 'copy-file'
  | 'copy'
  | 'again'
  | 'pin'
  | 'remove';

interface JobRowProps {
  job: Job;
  onAction: (action: RowAction, job: Job) => void;
  /** Actions that are not offered here. */
  without?: readonly RowAction[];
  /** Actions that are offered only where they are named. */
  offer?: readonly RowAction[];
  /** The thumbnail's address; none in the dashboard, whose Content-Security-Policy admits no other origin. */
  picture?: string | null | undefined;
}

const PAUSABLE: ReadonlySet<JobState> = new Set(['queued', 'resolving', 'fetching', 'waiting']);

/** One job: title, progress, and the actions for its state. */
export function JobRow({ job, onAction, without = [], offer = [], picture }: JobRowProps): JSX.Element {
  const running = !isFinal(job);
  const action = (name: RowAction, icon: Parameters<typeof IconButton>[0]['icon'], label: string, when: boolean) =>
    when && !without.includes(name) ? (
      <IconButton key={name} icon={icon} label={label} hook={`job-${name}`} onClick={() => onAction(name, job)} />
    ) : null;
  const there = job.state === 'done' && job.file_missing !== true;
  const title = job.file_name ?? job.title ?? job.url;
  return (
    <li class={`job ${job.state}`} data-hook="job" data-state={job.state} data-id={job.file_id}>
      <span class="thumb" aria-hidden="true">
        {picture ? <img src={picture} alt="" loading="lazy" referrerpolicy="no-referrer" /> : <Icon name="film" />}
      </span>
      <div class="what">
        <div class="name" title={title}>
          <bdi>{title}</bdi>
        </div>
        <div class="facts">
          <span dir="ltr">{formatRange(job)}</span>
          <span class="state">{job.file_missing === true ? t('file_missing') : formatState(job)}</span>
        </div>
        {canFinish(job) && !without.includes('finish') && (
          <button type="button" class="stop" data-hook="job-finish" onClick={() => onAction('finish', job)}>
            <Icon name="stop" />
            {t('stop_and_keep')}
          </button>
        )}
        {running && !isRecording(job) && (
          <progress max={1} value={fraction(job)} aria-label={t('progress')}>
            {Math.round(fraction(job) * 100)} %
          </progress>
        )}
        {running && job.progress?.step && (
          <div class="hint" data-hook="step">
            {t(`step_${job.progress.step}`)}
          </div>
        )}
        {job.state === 'failed' && job.error && <div class="hint">{errorText(job.error).hint}</div>}
        {job.state === 'waiting' && job.error && <div class="hint">{errorText(job.error).message}</div>}
        {job.state === 'done' && job.proof?.note && <div class="hint">{job.proof.note}</div>}
      </div>
      <div class="buttons">
        {action('sooner', 'up', t('take_sooner'), job.state === 'queued' && offer.includes('sooner'))}
        {action('pause', 'pause', t('pause'), PAUSABLE.has(job.state) && job.live !== true)}
        {action('resume', 'play', t('resume'), job.state === 'paused')}
        {action('cancel', 'close', t('cancel'), running)}
        {action('open', 'play', t('open'), there)}
        {action('reveal', 'folder', t('show_in_folder'), there)}
        {action('copy-file', 'copy', t('copy_file'), there)}
        {action('retry', 'retry', t('retry'), job.state === 'failed' || job.state === 'cancelled')}
        {action('again', 'scissors', t('cut_again'), !running && offer.includes('again'))}
        {there && offer.includes('pin') && (
          <IconButton
            icon="pin"
            label={t('keep_always')}
            pressed={job.pinned === true}
            hook="job-pin"
            onClick={() => onAction('pin', job)}
          />
        )}
        {action('copy', 'link', t('copy_link'), !running)}
        {action('remove', 'trash', t('remove'), !running)}
      </div>
    </li>
  );
}
