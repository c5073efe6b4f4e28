import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ProtocolEvent } from '../src/protocol/client';
import { isFinal, justEnded, upsert } from '../src/protocol/jobs';
import { toErrorInfo } from '../src/protocol/errors';
import { PROTOCOL_VERSION, type ErrorInfo, type Job } from '../src/protocol/generated';
import { Icon } from '../src/ui/icons';
import { t } from '../src/i18n/text';
import { Notices } from '../src/ui/notices';
import { Trouble } from '../src/ui/trouble';
import { Connection, type ConnectionState } from './connection';
import { History } from './history';
import { NewClip } from './new-clip';
import type { CutAgain } from './opening';
import { SettingsCard } from './settings';

/** Jobs per page of the list. */
const PAGE = 50;

export function App(): JSX.Element {
  const [state, setState] = useState<ConnectionState>('connecting');
  const [jobs, setJobs] = useState<readonly Job[]>([]);
  const [paused, setPaused] = useState(false);
  const [cursor, setCursor] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<ErrorInfo | null>(null);
  const [said, setSaid] = useState('');
  const [changes, setChanges] = useState(0);
  const [notices, setNotices] = useState<readonly string[]>([]);
  const [settingsOpen, setSettingsOpen] = useState(false);
  const [again, setAgain] = useState<CutAgain | null>(null);
  const connection = useMemo(
    () =>
      new Connection(setState, (event: ProtocolEvent) => {
        if (event.event === 'job') setJobs((now) => upsert(now, event.data));
        if (event.event === 'job.removed' || (event.event === 'job' && isFinal(event.data)))
          setChanges((now) => now + 1);
        if (event.event === 'queue') setPaused(event.data.paused);
        if (event.event === 'job.removed') setJobs((now) => now.filter((job) => job.file_id !== event.data.file_id));
      }),
    [],
  );
  useEffect(() => {
    void connection.start().then(({ clip, view }) => {
      if (clip) setAgain(clip);
      setSettingsOpen(view === 'settings');
    });
    return () => {
      connection.stop();
    };
  }, [connection]);

  const shown = useRef(jobs);
  useEffect(() => {
    // A visible tab shows how a clip ended: no desktop notification is needed.
    const ended = justEnded(shown.current, jobs);
    shown.current = jobs;
    if (document.visibilityState !== 'visible' || !document.hasFocus()) return;
    for (const { file_id } of ended) connection.call('job.seen', { file_id }).catch(() => undefined);
  }, [connection, jobs]);

  const run = (work: Promise<unknown>) => {
    setTrouble(null);
    setSaid('');
    work.catch((error: unknown) => setTrouble(toErrorInfo(error)));
  };
  const load = async (after: string | null) => {
    const page = await connection.call('job.list', { limit: PAGE, cursor: after });
    setCursor(page.next_cursor ?? null);
    setPaused(page.queue_paused === true);
    setJobs((now) => page.jobs.reduce<readonly Job[]>(upsert, after === null ? [] : now));
  };
  const greet = async () => {
    const hello = { client: 'dashboard', version: '', protocol: PROTOCOL_VERSION } as const;
    setNotices((await connection.call('hello', hello)).notices ?? []);
  };
  useEffect(() => {
    if (state !== 'connected') return;
    // Also after a reconnect: events were missed meanwhile, and the daemon may be another one.
    run(Promise.all([load(null), greet()]));
    setChanges((now) => now + 1);
  }, [state]);

  return (
    <>
      <header class="top">
        <span class="brand">
          <Icon name="scissors" />
          {t('dashboard_title')}
        </span>
        <span class="connection" role="status" data-hook="connection" data-state={state}>
          <i class="lamp" />
          {t(
            state === 'connected' ? 'dashboard_connected' : state === 'connecting' ? 'popup_looking' : 'state_waiting',
          )}
        </span>
      </header>
      <main>
        {state === 'locked' && (
          <Trouble error={{ code: 'locked', message: t('dashboard_locked'), hint: t('dashboard_locked_hint') }} />
        )}
        {state === 'offline' && <p class="notice">{t('dashboard_offline')}</p>}
        {state === 'connected' && <Notices texts={notices} />}
        {state !== 'locked' && (
          <>
            <NewClip connection={connection} again={again} onJob={(job) => setJobs((now) => upsert(now, job))} />
            {trouble && <Trouble error={trouble} />}
            {said !== '' && (
              <p class="notice" role="status" data-hook="said">
                {said}
              </p>
            )}
            <History
              connection={connection}
              jobs={jobs}
              paused={paused}
              run={run}
              onAgain={(job) => {
                setAgain({ url: job.url, start: job.start_s ?? null, end: job.end_s ?? null });
                window.scrollTo({ top: 0 });
              }}
              onSaid={setSaid}
              changes={changes}
              onMore={cursor === null ? null : () => run(load(cursor))}
            />
            <SettingsCard connection={connection} opened={settingsOpen} />
          </>
        )}
      </main>
    </>
  );
}
