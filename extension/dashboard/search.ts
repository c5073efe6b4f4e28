import { useEffect, useState } from 'preact/hooks';
import type { Job, JobState } from '../src/protocol/generated';
import type { Connection } from './connection';

/** What is typed and chosen above the history. */
export interface Filter {
  query: string;
  state: 'all' | Extract<JobState, 'done' | 'failed'>;
}

export const NO_FILTER: Filter = { query: '', state: 'all' };
/** The daemon takes no longer one. */
export const LONGEST_QUERY = 200;
const PAGE = 50;
/** The most that is listed at once. */
const LARGEST_PAGE = 200;
/** After the last key, ms. */
const PAUSE_MS = 200;
const ENDED: JobState[] = ['done', 'failed', 'cancelled'];

export interface Search {
  jobs: readonly Job[];
  loading: boolean;
  /** Load the next page; `null`: these are all. */
  onMore: (() => void) | null;
}

/**
 * The finished clips that match `filter`, of the whole history: the daemon searches, not what this page has loaded. `null` without a
 * filter. Asked for anew with every `changes`.
 */
export function useSearch(
  connection: Pick<Connection, 'call'>,
  filter: Filter,
  changes: number,
  run: (work: Promise<unknown>) => void,
): Search | null {
  const [found, setFound] = useState<{ jobs: readonly Job[]; cursor: string | null; of: Filter } | null>(null);
  const query = filter.query.trim();
  const active = query !== '' || filter.state !== 'all';
  const list = (limit: number, cursor: string | null) =>
    connection.call('job.list', { query, states: filter.state === 'all' ? ENDED : [filter.state], limit, cursor });

  useEffect(() => {
    if (!active) {
      setFound(null);
      return undefined;
    }
    let wanted = true;
    const loaded = found?.of === filter ? found.jobs.length : 0;
    const timer = setTimeout(
      () => {
        const work = list(Math.min(Math.max(PAGE, loaded), LARGEST_PAGE), null).then(({ jobs, next_cursor }) => {
          if (wanted) setFound({ jobs, cursor: next_cursor ?? null, of: filter });
        });
        run(work);
      },
      found?.of === filter ? 0 : PAUSE_MS,
    );
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [query, filter.state, changes]);

  if (!active) return null;
  const { jobs = [], cursor = null, of = null } = found ?? {};
  const onMore = () => {
    const work = list(PAGE, cursor).then((page) => {
      setFound((now) =>
        now?.cursor === cursor && now.of === of
          ? { jobs: [...now.jobs, ...page.jobs], cursor: page.next_cursor ?? null, of: now.of }
          : now,
      );
    });
    run(work);
  };
  return { jobs, loading: found === null, onMore: cursor === null ? null : onMore };
}
