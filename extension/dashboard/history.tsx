import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { inQueueOrder, isFinal } from '../src/protocol/jobs';
import type { Job } from '../src/protocol/generated';
import { JobRow, type RowAction } from '../src/ui/job-row';
import { IconButton } from '../src/ui/icons';
import { PauseAll } from '../src/ui/pause-all';
import { t } from '../src/i18n/text';
import type { Connection } from './connection';
import { LONGEST_QUERY, NO_FILTER, useSearch, type Filter } from './search';

interface HistoryProps {
  connection: Connection;
  jobs: readonly Job[];
  /** The queue starts no further job. */
  paused: boolean;
  run: (work: Promise<unknown>) => void;
  onAgain: (job: Job) => void;
  /** How many changes there were that a search may see: a clip ended or was removed. */
  changes: number;
  onMore: (() => void) | null;
  /** Show a message about a result that is not visible otherwise. */
  onSaid: (text: string) => void;
}

/** The jobs: active ones, queued ones and the history. */
export function History({
  connection,
  jobs,
  paused,
  run,
  onAgain,
  changes,
  onMore,
  onSaid,
}: HistoryProps): JSX.Element {
  const [filter, setFilter] = useState<Filter>(NO_FILTER);
  const [removing, setRemoving] = useState<Job | null>(null);
  const [playing, setPlaying] = useState<{ job: Job; src: string } | null>(null);
  const running = inQueueOrder(jobs.filter((job) => !isFinal(job)));
  const search = useSearch(connection, filter, changes, run);
  const past = search ? search.jobs.map((job) => jobs.find(isSame(job)) ?? job) : jobs.filter(isFinal);
  const more = search ? search.onMore : onMore;

  const onAction = (action: RowAction, job: Job) => {
    const { file_id } = job;
    switch (action) {
      case 'cancel':
      case 'finish':
      case 'pause':
      case 'resume':
      case 'retry':
        run(connection.call(`job.${action}`, { file_id }));
        break;
      case 'sooner':
        run(connection.call('job.move', { file_id, before: queuedBefore(running, job)?.file_id ?? null }));
        break;
      case 'pin':
        run(connection.call('job.pin', { file_id, pinned: job.pinned !== true }));
        break;
      case 'open':
        run(connection.playLink(file_id).then((src) => setPlaying({ job, src })));
        break;
      case 'reveal':
        run(connection.call('job.open', { file_id, reveal: true }));
        break;
      case 'copy-file':
        run(connection.call('job.copy', { file_id }).then(() => onSaid(t('file_copied'))));
        break;
      case 'copy':
        run(navigator.clipboard.writeText(job.url));
        break;
      case 'again':
        onAgain(job);
        break;
      case 'remove':
        setRemoving(job);
    }
  };
  const remove = (job: Job, trash: boolean) => {
    setRemoving(null);
    run(connection.call('job.remove', { file_id: job.file_id, trash }));
  };
  return (
    <>
      {running.length > 0 && (
        <section class="card" aria-label={t('dashboard_running')}>
          <div class="card-head">
            <h2>{t('dashboard_running')}</h2>
            <PauseAll paused={paused} onPause={(stop) => run(connection.call('queue.pause', { paused: stop }))} />
          </div>
          <ul class="jobs">
            {running.map((job) => (
              <JobRow
                key={job.file_id}
                job={job}
                onAction={onAction}
                offer={queuedBefore(running, job) ? ['sooner'] : []}
              />
            ))}
          </ul>
        </section>
      )}
      <section class="card" aria-label={t('dashboard_history')}>
        <div class="card-head">
          <h2>{t('dashboard_history')}</h2>
          <input
            type="search"
            placeholder={t('dashboard_search')}
            aria-label={t('dashboard_search')}
            value={filter.query}
            maxLength={LONGEST_QUERY}
            data-hook="search"
            onInput={(event) => setFilter({ ...filter, query: event.currentTarget.value })}
          />
          <select
            value={filter.state}
            aria-label={t('dashboard_history')}
            data-hook="filter"
            onChange={(event) => setFilter({ ...filter, state: event.currentTarget.value as Filter['state'] })}
          >
            <option value="all">{t('dashboard_all')}</option>
            <option value="done">{t('dashboard_done')}</option>
            <option value="failed">{t('dashboard_failed')}</option>
          </select>
        </div>
        {playing && (
          <figure class="player" data-hook="player">
            <video src={playing.src} controls autoplay />
            <figcaption dir="auto">{playing.job.file_name}</figcaption>
            <IconButton icon="close" label={t('close')} onClick={() => setPlaying(null)} />
          </figure>
        )}
        {past.length === 0 && search?.loading !== true && (
          <p class="nothing">{t(search ? 'dashboard_none_found' : 'dashboard_empty')}</p>
        )}
        <ul class="jobs" data-hook="history">
          {past.map((job) => (
            <JobRow key={job.file_id} job={job} onAction={onAction} offer={['again', 'pin']} />
          ))}
        </ul>
        {more && (
          <button type="button" class="quiet" data-hook="more" onClick={more}>
            {t('dashboard_more')}
          </button>
        )}
      </section>
      {removing && <RemoveDialog job={removing} onRemove={remove} onClose={() => setRemoving(null)} />}
    </>
  );
}

function isSame({ file_id }: Job): (job: Job) => boolean {
  return (job) => job.file_id === file_id;
}

/** The clip that is taken just before `job` as the queue stands. */
function queuedBefore(inOrder: readonly Job[], job: Job): Job | undefined {
  const before = inOrder[inOrder.indexOf(job) - 1];
  return job.state === 'queued' && before?.state === 'queued' ? before : undefined;
}

interface RemoveDialogProps {
  job: Job;
  /** `trash`: its file goes to the bin. */
  onRemove: (job: Job, trash: boolean) => void;
  onClose: () => void;
}

/** Asked once: the list only, or the file as well. */
function RemoveDialog({ job, onRemove, onClose }: RemoveDialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const hasFile = job.state === 'done' && job.file_missing !== true;
  return (
    <dialog ref={dialog} onClose={onClose} data-hook="remove-dialog">
      <h2>{t('dashboard_remove_title')}</h2>
      <p dir="auto">{job.file_name ?? job.title ?? job.url}</p>
      <div class="buttons">
        <button type="button" class="quiet" onClick={onClose}>
          {t('cancel')}
        </button>
        {hasFile && (
          <button type="button" class="quiet" data-hook="delete-file" onClick={() => onRemove(job, true)}>
            {t('dashboard_remove_file')}
          </button>
        )}
        <button type="button" class="primary" data-hook="keep-file" onClick={() => onRemove(job, false)}>
          {t(hasFile ? 'dashboard_remove_keep' : 'remove')}
        </button>
      </div>
    </dialog>
  );
}
