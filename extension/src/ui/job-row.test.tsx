import { render } from 'preact';
import { act } from 'preact/test-utils';
import { beforeEach, expect, it, vi } from 'vitest';
import messages from '../../public/_locales/en/messages.json';
import type { Job, Progress } from '../protocol/generated';
import { JobRow, type RowAction } from './job-row';
import { setMessageSource } from '../i18n/text';

const progress: Progress = { stage: 'fetching', fraction: 0.01, recorded_s: 3725.4, recorded_bytes: 1_234_000_000 };
const LIVE: Job = {
  file_id: '0'.repeat(26),
  state: 'fetching',
  url: 'https://x.test/',
  output: {},
  created_at: 0,
  updated_at: 0,
  live: true,
  progress,
};

let root: HTMLElement;
const onAction = vi.fn();

beforeEach(() => {
  setMessageSource((key, values) =>
    messages[key].message.replace(/\$(\d)/g, (_, place: string) => values[Number(place) - 1] ?? ''),
  );
  onAction.mockReset();
  root = document.createElement('ul');
});

function draw(job: Job, offer: readonly RowAction[] = []): void {
  void act(() => {
    render(<JobRow job={job} onAction={onAction} offer={offer} />, root);
  });
}

function hook<E extends HTMLElement>(name: string): E | null {
  return root.querySelector<E>(`[data-hook=${name}]`);
}

it('offers to stop a broadcast that is being recorded, and to keep it', () => {
  draw(LIVE);
  expect(hook('job-finish')?.textContent).toBe('Stop and keep');
  hook('job-finish')?.click();
  expect(onAction).toHaveBeenCalledExactlyOnceWith('finish', LIVE);
});

it('says what has been recorded, and pretends no percentage', () => {
  draw(LIVE);
  expect(root.querySelector('.state')?.textContent).toBe('Recording · 1:02:05 · 1.2 GB');
  expect(root.querySelector('progress')).toBeNull();
});

it('says so once it has been stopped, and offers it no more', () => {
  draw({ ...LIVE, finishing: true });
  expect(root.querySelector('.state')?.textContent).toBe('Saving what was recorded · 1:02:05 · 1.2 GB');
  expect(hook('job-finish')).toBeNull();
  expect(hook('job-cancel')).not.toBeNull();
});

it('offers no pause: what is shown meanwhile would be missed', () => {
  draw(LIVE);
  expect(hook('job-pause')).toBeNull();
  draw({ ...LIVE, live: false });
  expect(hook('job-pause')).not.toBeNull();
});

it('offers a recording that waits or is paused to be kept, too', () => {
  for (const state of ['waiting', 'paused', 'queued'] as const) {
    draw({ ...LIVE, state });
    expect(hook('job-finish'), state).not.toBeNull();
  }
});

it.each(['done', 'failed', 'cancelled', 'publishing'] as const)('offers nothing to stop when it is %s', (state) => {
  draw({ ...LIVE, state });
  expect(hook('job-finish')).toBeNull();
});

it('offers no such thing for other clips', () => {
  draw({ ...LIVE, live: false });
  expect(hook('job-finish')).toBeNull();
  expect(root.querySelector('progress')).not.toBeNull();
});

it('lets a queued clip be taken sooner, where there is one to pass', () => {
  const queued: Job = { ...LIVE, live: false, state: 'queued' };
  draw(queued);
  expect(hook('job-sooner')).toBeNull();
  draw(queued, ['sooner']);
  hook('job-sooner')?.click();
  expect(onAction).toHaveBeenCalledExactlyOnceWith('sooner', queued);
});

it('pins a finished clip, and shows that it is', () => {
  const done: Job = { ...LIVE, live: false, state: 'done', pinned: true };
  draw(done, ['pin']);
  expect(hook('job-pin')?.getAttribute('aria-pressed')).toBe('true');
  hook('job-pin')?.click();
  expect(onAction).toHaveBeenCalledExactlyOnceWith('pin', done);
  draw({ ...done, file_missing: true }, ['pin']);
  expect(hook('job-pin')).toBeNull();
});

it('says what is tried while the site is asked in another way than usual', () => {
  const resolving: Job = { ...LIVE, live: false, state: 'resolving' };
  draw({ ...resolving, progress: { stage: 'resolving', fraction: 0, step: 'other_clients' } });
  expect(hook('step')?.textContent).toContain('another kind of player');
  draw({ ...resolving, progress: { stage: 'resolving', fraction: 0 } });
  expect(hook('step')).toBeNull();
});
