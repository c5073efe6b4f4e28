import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browser } from 'wxt/browser';
import { setMessageSource } from '../../i18n/text';
import type { PageRequest } from '../../messaging/page-messages';
import { shared } from '../../page/shared';
import type { ErrorInfo, Job } from '../../protocol/generated';
import { Session } from './session';

// What the panel does to the page's player, and to its notes after a button of theirs.

const JOB: Job = { file_id: 'a', state: 'queued', url: 'https://x.test/', output: {}, created_at: 0, updated_at: 0 };
const FULL: ErrorInfo = { code: 'disk_full', message: 'Full', hint: '' };
const sent: PageRequest[] = [];
const play = vi.fn(() => Promise.resolve());
const pause = vi.fn();
let refused: ErrorInfo | null;
let video: HTMLVideoElement;
let session: Session;

beforeEach(() => {
  setMessageSource((key) => key);
  sent.length = 0;
  refused = null;
  browser.runtime.sendMessage = ((message: PageRequest) => {
    sent.push(message);
    const value = message.type === 'resolve' ? { title: 'A film', qualities: [{ height: 720, fps: 50 }] } : true;
    return Promise.resolve(refused ? { ok: false, error: refused } : { ok: true, value });
  }) as never;
  video = document.createElement('video');
  document.body.replaceChildren(video);
  Object.defineProperty(video, 'duration', { value: 60, configurable: true });
  video.currentTime = 30;
  play.mockClear();
  pause.mockClear();
  Object.assign(video, { play, pause });
  shared().place = () => ({ slot: null, look: 'float', frame: video, overlay: true, video, progress: null });
  session = new Session(() => undefined);
  session.command('open-panel');
  session.setRange({ start: 10, end: 20 }, 'now');
});
afterEach(() => {
  delete shared().place;
});

describe('a range', () => {
  it('that is set to now leaves the player as it is', () => {
    expect(video.currentTime).toBe(30);
    expect(pause).not.toHaveBeenCalled();
  });

  it('that is dragged shows its first frame, or its last one, and stops the player', async () => {
    await vi.waitFor(() => {
      expect(session.state.video).not.toBeNull();
    });
    session.setRange({ start: 12, end: 20 }, 'start');
    expect(video.currentTime).toBe(12);
    session.setRange({ start: 12, end: 18 }, 'end');
    expect(video.currentTime).toBeCloseTo(18 - 1 / 50, 6);
    session.setRange({ start: 12, end: 12.001 }, 'end');
    expect(video.currentTime, 'never before the start').toBe(12);
    expect(pause).toHaveBeenCalledTimes(3);
  });
});

describe('the preview', () => {
  it('plays the range over and over until it is ended', () => {
    session.preview();
    expect([video.currentTime, session.state.previewing]).toEqual([10, true]);
    expect(play).toHaveBeenCalledOnce();
    video.currentTime = 15;
    expect(session.tick()).toBe(true);
    expect(video.currentTime).toBe(15);
    video.currentTime = 19.99;
    session.tick();
    expect(video.currentTime).toBe(10);
    session.preview();
    expect(session.state.previewing).toBe(false);
    expect(pause).toHaveBeenCalledOnce();
    video.currentTime = 40;
    session.tick();
    expect(video.currentTime, 'it is the viewer again who decides').toBe(40);
  });

  it.each([
    ['seeking', () => session.seek(3)],
    ['a new range', () => session.setRange({ start: 1, end: 2 }, 'now')],
    ['closing', () => session.close()],
  ])('ends with %s', (_, act) => {
    session.preview();
    act();
    expect(session.state.previewing).toBe(false);
  });

  it('is told when its video has gone from the page', () => {
    video.remove();
    expect(session.tick()).toBe(false);
  });
});

it('takes all that a broadcast has shown so far for a part of it', async () => {
  session.state = { ...session.state, live: true };
  await session.download({ start: 0, end: 60 });
  expect(sent.find(({ type }) => type === 'clip')).toMatchObject({ range: { start: 0, end: 60 } });
});

describe('a note', () => {
  const done: Job = { ...JOB, state: 'done' };
  const add = () => {
    session.receive({ type: 'job', job: { ...done, created: true } });
    return session.state.notes[0];
  };

  it.each(['open', 'reveal', 'copy'] as const)('stays after %s', async (action) => {
    await session.act(action, done, add());
    expect(session.state.notes[0]).toMatchObject({ kind: 'done' });
  });

  it('goes with undo, which is confirmed', async () => {
    await session.act('undo', done, add());
    expect(session.state.notes).toMatchObject([{ kind: 'said', text: 'undone' }]);
  });

  it('tells why an action failed', async () => {
    const note = add();
    refused = FULL;
    await session.act('open', done, note);
    expect(session.state.notes).toMatchObject([{ kind: 'done' }, { kind: 'failed', error: FULL }]);
  });

  it('says of a clip that was there before that it is, and offers no undo', () => {
    session.receive({ type: 'job', job: { ...done, created: false } });
    expect(session.state.notes).toMatchObject([{ kind: 'done', already: true, undo: false }]);
  });

  it('is not needed for the report that a job was seen', async () => {
    refused = FULL;
    await session.seen('a');
    expect(session.state.notes).toEqual([]);
    expect(sent).toContainEqual({ type: 'job', file_id: 'a', action: 'seen' });
  });
});

it('shows why a session could not be lent', async () => {
  refused = FULL;
  await session.useSession();
  expect(session.state.trouble).toEqual(FULL);
});
