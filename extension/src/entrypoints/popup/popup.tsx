import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { browser } from 'wxt/browser';
import { STORE_EDITION } from '../../lib/edition';
import { inQueueOrder, isFinal, justEnded } from '../../protocol/jobs';
import { sessionHelps, sessionRefused, toErrorInfo } from '../../protocol/errors';
import type { ErrorInfo, Job } from '../../protocol/generated';
import { Icon } from '../../ui/icons';
import { JobRow, type RowAction } from '../../ui/job-row';
import { retryWithSession, useBackground, type Background } from '../../ui/own-page';
import { t } from '../../i18n/text';
import { Notices } from '../../ui/notices';
import { Trouble } from '../../ui/trouble';
import { commandFrame } from '../../browser/frames';
import { sessionUrl } from '../../browser/session-cookies';
import type { Companion } from '../../messaging/snapshot';

/** Finished clips that are listed. */
const RECENT = 5;
/** Actions that the companion permits the extension only on clips created through it. */
const CHANGES: readonly RowAction[] = ['cancel', 'finish', 'pause', 'resume', 'retry', 'remove'];

/** The toolbar popup: active jobs, recent clips, a field for a link, and the companion's state. */
export function Popup(): JSX.Element {
  const { snapshot, background } = useBackground();
  const [trouble, setTrouble] = useState<{ error: ErrorInfo; url?: string; job?: Job } | null>(null);
  const [already, setAlready] = useState<Job | null>(null);
  const [copied, setCopied] = useState(false);
  const { companion, jobs, paused } = snapshot;
  const running = inQueueOrder(jobs.filter((job) => !isFinal(job)));
  const recent = jobs.filter((job) => isFinal(job) && job.state !== 'cancelled').slice(0, RECENT);
  const shown = useRef(jobs);
  useEffect(() => {
    const ended = justEnded(shown.current, jobs);
    shown.current = jobs;
    if (document.visibilityState !== 'visible') return;
    // Other clips have their desktop notification.
    for (const { file_id, from_page } of ended) {
      if (from_page === true) background?.call('job.seen', { file_id }).catch(() => undefined);
    }
  }, [background, jobs]);
  /** Returns whether it succeeded. */
  const run = (work: Promise<unknown>, about: { url?: string; job?: Job } = {}): Promise<boolean> => {
    setTrouble(null);
    setAlready(null);
    setCopied(false);
    return work.then(
      () => true,
      (error: unknown) => {
        setTrouble({ error: toErrorInfo(error), ...about });
        return false;
      },
    );
  };
  const onAction = (action: RowAction, job: Job) => {
    if (!background) return;
    if (action === 'retry' && job.error && sessionHelps(job.error)) {
      // As it is the job would be refused again: it needs a session.
      setTrouble({ error: job.error, job });
      return;
    }
    void run(perform(background, action, job), { job }).then((well) => setCopied(well && action === 'copy-file'));
  };
  const rows = (list: Job[]) => (
    <ul class="jobs">
      {list.map((job) => (
        <JobRow
          key={job.file_id}
          job={job}
          onAction={onAction}
          without={job.from_page === true ? ['copy'] : ['copy', ...CHANGES]}
          picture={job.thumbnail_url}
        />
      ))}
    </ul>
  );
  const openDashboard = (video?: string): Promise<boolean> => {
    if (!background) return Promise.resolve(false);
    // The companion opens it: the link carries the user's rights, which the extension does not have.
    return run(background.call('dashboard.open', { link: video ?? null }));
  };
  return (
    <>
      <CompanionState companion={companion} onDashboard={() => void openDashboard()} />
      <ClipHere />
      {companion.state === 'ok' && <Notices texts={companion.notices ?? []} />}
      {companion.state === 'trouble' && companion.error && <Trouble error={companion.error} />}
      {companion.state === 'ok' && background && (
        <PasteBox
          onTake={(url) => run(take(background, url).then(setAlready), { url })}
          onCut={(url) => openDashboard(url)}
        />
      )}
      {trouble && (
        <Trouble error={trouble.error} url={trouble.url}>
          {trouble.job && (
            <UseSession job={trouble.job} error={trouble.error} onUse={(work) => void run(work, trouble)} />
          )}
          {trouble.error.code === 'blocked_address' && trouble.url !== undefined && (
            <button type="button" class="quiet" data-hook="cut-there" onClick={() => void openDashboard(trouble.url)}>
              {t('popup_cut_there')}
            </button>
          )}
        </Trouble>
      )}
      {already && (
        <p class="notice" role="status" data-hook="already">
          {t('dashboard_already')}{' '}
          <button type="button" class="quiet" data-hook="already-open" onClick={() => onAction('open', already)}>
            {t('open')}
          </button>
        </p>
      )}
      {copied && (
        <p class="notice" role="status" data-hook="copied">
          {t('file_copied')}
        </p>
      )}
      {running.length > 0 && (
        <section aria-label={t('popup_running')}>
          <div class="section-head">
            <h2>{t('popup_running')}</h2>
            {paused && companion.state === 'ok' && (
              <button type="button" class="quiet" data-hook="paused" onClick={() => void openDashboard()}>
                {t('state_paused')}
                <Icon name="open" />
              </button>
            )}
          </div>
          {rows(running)}
        </section>
      )}
      {recent.length > 0 && (
        <section aria-label={t('popup_recent')}>
          <h2>{t('popup_recent')}</h2>
          {rows(recent)}
        </section>
      )}
      {companion.state === 'ok' && jobs.length === 0 && (
        <p class="nothing">{t(STORE_EDITION ? 'popup_hint_store' : 'popup_hint')}</p>
      )}
    </>
  );
}

interface UseSessionProps {
  job: Job;
  error: ErrorInfo;
  onUse: (work: Promise<unknown>) => void;
}

/** Run a job again with the session that this window has on its site, where that may help. */
function UseSession({ job, error, onUse }: UseSessionProps): JSX.Element | null {
  const url = URL.parse(sessionUrl(job));
  if (!sessionHelps(error) || url?.protocol !== 'https:') return null;
  const use = async () => {
    const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
    if (tab?.id !== undefined) await retryWithSession(job.file_id, tab.id);
  };
  return (
    <button type="button" class="quiet" data-hook="use-session" onClick={() => onUse(use())}>
      {t(sessionRefused(error) ? 'use_session_again' : 'use_session', url.hostname)}
    </button>
  );
}

/** Opens the panel on the page in front: for players without a button. */
function ClipHere(): JSX.Element {
  const [none, setNone] = useState(false);
  const open = async () => {
    const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
    const told = tab?.id !== undefined && (await commandFrame({ tabId: tab.id, frameId: 0 }, 'open-panel'));
    if (told) window.close();
    else setNone(true);
  };
  return (
    <div class="here">
      <button type="button" class="preview" data-hook="clip-here" onClick={() => void open()}>
        <Icon name="scissors" />
        {t('popup_clip_here')}
      </button>
      {none && (
        <p class="notice" role="status">
          {t('no_video_here')}
        </p>
      )}
    </div>
  );
}

function CompanionState({ companion, onDashboard }: { companion: Companion; onDashboard: () => void }): JSX.Element {
  const text =
    companion.state === 'ok'
      ? t('popup_ready')
      : companion.state === 'unknown'
        ? t('popup_looking')
        : t('extension_name');
  return (
    <header data-hook="companion" data-state={companion.state}>
      <i class="lamp" />
      <div class="who" role="status">
        <strong>{text}</strong>
        {companion.state === 'ok' && companion.downloads && <span>{t('popup_folder', companion.downloads)}</span>}
      </div>
      {companion.state === 'ok' && (
        <button type="button" class="quiet" data-hook="dashboard" onClick={onDashboard}>
          {t('popup_dashboard')}
          <Icon name="open" />
        </button>
      )}
    </header>
  );
}

interface PasteBoxProps {
  /** Both return whether they succeeded: the link is cleared then. */
  onTake: (url: string) => Promise<boolean>;
  onCut: (url: string) => Promise<boolean>;
}

/** Field for a link: downloads the whole video, or opens the dashboard to mark a range. */
function PasteBox({ onTake, onCut }: PasteBoxProps): JSX.Element {
  const [link, setLink] = useState('');
  const give = (to: (url: string) => Promise<boolean>) => {
    void to(link.trim()).then((well) => {
      if (well) setLink('');
    });
  };
  return (
    <form
      class="paste"
      onSubmit={(event) => {
        event.preventDefault();
        give(onCut);
      }}
    >
      <input
        type="text"
        inputMode="url"
        dir="ltr"
        autocomplete="off"
        placeholder={t('popup_paste')}
        aria-label={t('popup_paste')}
        value={link}
        data-hook="paste"
        onInput={(event) => setLink(event.currentTarget.value)}
      />
      <button type="submit" class="primary" data-hook="cut" disabled={link.trim() === ''}>
        {t('popup_cut')}
      </button>
      <button type="button" class="preview" data-hook="take" disabled={link.trim() === ''} onClick={() => give(onTake)}>
        {t('popup_take')}
      </button>
    </form>
  );
}

/** Download a whole video. Returns the clip that existed already, if one did. */
async function take(background: Background, url: string): Promise<Job | null> {
  const job = await background.call('clip.create', { url, whole: true, output: { kind: 'mp4' } });
  return job.created === false && job.state === 'done' ? job : null;
}

async function perform(background: Background, action: RowAction, job: Job): Promise<void> {
  const { file_id } = job;
  switch (action) {
    case 'cancel':
    case 'finish':
    case 'pause':
    case 'resume':
    case 'retry':
      await background.call(`job.${action}`, { file_id });
      break;
    case 'open':
    case 'reveal':
      await background.call('job.open', { file_id, reveal: action === 'reveal' });
      break;
    case 'copy-file':
      await background.call('job.copy', { file_id });
      break;
    case 'remove':
      await background.call('job.remove', { file_id });
      break;
    case 'again':
    case 'sooner':
    case 'pin': // in the dashboard only
      break;
    case 'copy':
      await navigator.clipboard.writeText(job.url);
  }
}
