import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browser } from 'wxt/browser';
import { setMessageSource } from '../../i18n/text';
import type { PageRequest, PanelCommand, Reply } from '../../messaging/page-messages';
import { shared } from '../../page/shared';
import type { ErrorInfo, Job, VideoInfo } from '../../protocol/generated';
import type { Place } from '../../sites/types';
import { Session } from './session';

const WATCH = 'https://www.youtube.com/watch?v=AAAAAAAAAA1';
const OTHER = 'https://www.youtube.com/watch?v=AAAAAAAAAA2';
const LOGIN: ErrorInfo = { code: 'login_required', message: 'Log in', hint: '' };
const AWAY: ErrorInfo = { code: 'companion_missing', message: 'Not found', hint: '' };
const REFUSED: ErrorInfo = { code: 'disk_full', message: 'Full', hint: '' };
const VIDEO = { title: 'A film', duration_s: 60, qualities: [] } as unknown as VideoInfo;
const JOB: Job = { file_id: 'a', state: 'queued', url: WATCH, output: {}, created_at: 0, updated_at: 0 };

const respond = vi.fn<(message: PageRequest) => Reply<unknown>>();
const openWindow = vi.fn();

/** The requests of one type that the background received. */
const requests = (type: PageRequest['type']) =>
  respond.mock.calls.map(([sent]) => sent).filter((sent) => sent.type === type);
const failing = (type: PageRequest['type'], error: ErrorInfo) => {
  respond.mockImplementation((message) => (message.type === type ? { ok: false, error } : result(message)));
};
const result = ({ type }: PageRequest): Reply<unknown> => ({
  ok: true,
  value: type === 'resolve' ? VIDEO : type === 'clip' ? { ...JOB, created: true } : true,
});

function visit(url: string, currentTime = 30, duration = 60): HTMLVideoElement {
  (globalThis as unknown as { happyDOM: { setURL: (url: string) => void } }).happyDOM.setURL(url);
  const video = document.createElement('video');
  document.body.replaceChildren(video);
  Object.defineProperty(video, 'duration', { value: duration, configurable: true });
  video.currentTime = currentTime;
  const place: Place = { slot: null, look: 'float', frame: video, overlay: true, video, progress: null };
  shared().place = () => place;
  return video;
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

async function opened(url = WATCH): Promise<Session> {
  visit(url);
  const session = new Session(() => undefined);
  session.command('open-panel');
  await settled();
  return session;
}

beforeEach(() => {
  vi.useFakeTimers();
  setMessageSource((key) => key);
  respond.mockReset().mockImplementation(result);
  openWindow.mockReset();
  vi.stubGlobal('open', openWindow);
  browser.runtime.sendMessage = ((message: PageRequest) => Promise.resolve(respond(message))) as never;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  delete shared().place;
});

describe('commands', () => {
  it('open the panel with the resolved video, and close it again', async () => {
    const session = await opened();
    expect(session.state).toMatchObject({ open: true, duration: 60, video: VIDEO, resolving: false, trouble: null });
    session.command('open-panel');
    expect(session.state.open).toBe(false);
  });

  it('mark the edges at the time on screen', () => {
    const video = visit(WATCH, 10);
    const session = new Session(() => undefined);
    session.command('mark-start');
    expect(session.state.range).toEqual({ start: 10, end: 60 });
    video.currentTime = 20;
    session.command('mark-end');
    expect(session.state.range).toEqual({ start: 10, end: 20 });
    expect(session.state.notes).toMatchObject([{ kind: 'said', text: 'end_marked' }]);
  });

  it('download the last seconds before the time on screen', async () => {
    visit(WATCH, 40);
    new Session(() => undefined).command('clip-last');
    await settled();
    expect(requests('clip')).toMatchObject([{ range: { end: 40 }, again: false }]);
  });

  it.each<[string, PanelCommand]>([
    ['no_video_here', 'open-panel'],
    ['video_loading', 'mark-start'],
  ])('are answered with %s where there is nothing to do them on', (text, command) => {
    if (text === 'video_loading') visit(WATCH, 0, Number.NaN);
    else shared().place = () => null;
    const session = new Session(() => undefined);
    session.command(command);
    expect(session.state).toMatchObject({ open: false, notes: [{ kind: 'said', text }] });
    expect(respond).not.toHaveBeenCalled();
  });
});

describe('marks', () => {
  it('belong to their video, and are restored when the page returns to it', () => {
    visit(WATCH, 10);
    const session = new Session(() => undefined);
    session.command('mark-start');
    visit(OTHER, 50);
    session.command('mark-end');
    expect(session.state.range).toEqual({ start: 0, end: 50 });
    visit(WATCH, 12);
    session.command('mark-end');
    expect(session.state.range).toEqual({ start: 10, end: 12 });
  });
});

describe('in-page navigation', () => {
  it('resolves the new video, and drops the response for the one before', async () => {
    visit(WATCH);
    const session = new Session(() => undefined);
    session.command('open-panel');
    visit(OTHER);
    session.check();
    await settled();
    expect(session.state.video).toBeNull();
    session.check();
    await settled();
    expect(session.state.video).toEqual(VIDEO);
    expect(requests('resolve')).toHaveLength(2);
  });

  it('closes the panel where no video is left', async () => {
    const session = await opened();
    shared().place = () => null;
    session.check();
    expect(session.state.open).toBe(false);
  });
});

describe('download', () => {
  it('sends the range and closes the panel', async () => {
    const session = await opened();
    session.setRange({ start: 1, end: 2 }, 'start');
    await session.download();
    expect(requests('clip')).toMatchObject([{ range: { start: 1, end: 2 }, output: { kind: 'mp4' }, session: false }]);
    expect(session.state).toMatchObject({ open: false, sending: false });
  });

  it('sends no range for the whole video', async () => {
    const session = await opened();
    session.setRange({ start: 0, end: 60 }, 'start');
    await session.download();
    expect(requests('clip')).toMatchObject([{ range: null }]);
  });

  it('shows a failure in the panel and stays ready', async () => {
    const session = await opened();
    failing('clip', REFUSED);
    await session.download();
    expect(session.state).toMatchObject({ open: true, sending: false, trouble: REFUSED });
  });

  it('shows a failure in a note where the panel is closed, and in the panel where that can recover', async () => {
    visit(WATCH);
    const session = new Session(() => undefined);
    failing('clip', REFUSED);
    session.command('clip-last');
    await settled();
    expect(session.state).toMatchObject({ open: false, notes: [{ kind: 'failed', error: REFUSED }] });
    failing('clip', AWAY);
    session.command('clip-last');
    await settled();
    expect(session.state).toMatchObject({ open: true, trouble: AWAY });
  });
});

describe('recovery', () => {
  it('clears the failure when the companion is back, and changes nothing before', async () => {
    failing('resolve', AWAY);
    const session = await opened();
    const { trouble } = session.state;
    expect(trouble).toEqual(AWAY);
    await session.recover();
    expect(session.state.trouble).toBe(trouble);
    respond.mockImplementation(result);
    await session.recover();
    expect(session.state).toMatchObject({ trouble: null, video: VIDEO });
  });
});

describe('a lent session', () => {
  it('is used for this video only, from the consent on', async () => {
    failing('resolve', LOGIN);
    const session = await opened();
    respond.mockImplementation((message) =>
      message.type === 'session' ? { ok: true, value: false } : result(message),
    );
    await session.useSession();
    expect(requests('resolve')).toHaveLength(1);
    session.receive({ type: 'consented' });
    await settled();
    expect(requests('resolve')[1]).toMatchObject({ session: true });
    visit(OTHER);
    session.check();
    await settled();
    expect(requests('resolve')[2]).toMatchObject({ session: false });
  });
});

describe('the notes on a job', () => {
  it('offer undo only for a clip that was created here', () => {
    visit(WATCH);
    const session = new Session(() => undefined);
    session.receive({ type: 'job', job: { ...JOB, created: true } });
    session.receive({ type: 'job', job: { ...JOB, state: 'done' } });
    session.receive({ type: 'job', job: { ...JOB, file_id: 'b', state: 'done' } });
    expect(session.state.notes).toMatchObject([
      { kind: 'done', undo: true },
      { kind: 'done', undo: false },
    ]);
  });

  it('go after a while, but not a failure, and not while one is held', () => {
    visit(WATCH);
    const session = new Session(() => undefined);
    session.receive({ type: 'job', job: { ...JOB, state: 'done' } });
    session.receive({ type: 'job', job: { ...JOB, file_id: 'b', state: 'failed', error: REFUSED } });
    session.hold(true);
    vi.advanceTimersByTime(20_000);
    expect(session.state.notes).toHaveLength(2);
    session.hold(false);
    vi.advanceTimersByTime(20_000);
    expect(session.state.notes).toMatchObject([{ kind: 'failed', error: REFUSED }]);
  });
});

describe('retry of a job that needs a session', () => {
  const failed: Job = { ...JOB, state: 'failed', error: LOGIN };

  it('opens the panel where the page still shows its video', async () => {
    const session = await opened();
    session.close();
    session.receive({ type: 'job', job: failed });
    await session.act('retry', failed, session.state.notes[0]);
    expect(session.state).toMatchObject({ open: true, trouble: LOGIN, notes: [] });
    expect(openWindow).not.toHaveBeenCalled();
  });

  it("opens the job's own page where the page has gone on to another video", async () => {
    const session = await opened();
    session.close();
    session.receive({ type: 'job', job: failed });
    visit(OTHER);
    await session.act('retry', failed, session.state.notes[0]);
    expect(openWindow).toHaveBeenCalledWith(WATCH, '_blank', 'noopener');
    expect(session.state).toMatchObject({ open: false, trouble: null, notes: [{ kind: 'failed' }] });
    expect(requests('job')).toEqual([]);
  });

  it('says in a note that it was refused where the page shows another video', async () => {
    const session = await opened(OTHER);
    session.close();
    failing('job', LOGIN);
    await session.act('retry', { ...failed, error: REFUSED });
    expect(session.state).toMatchObject({ open: false, notes: [{ kind: 'failed', error: LOGIN }] });
  });

  it('is sent to the companion where a session would not help', async () => {
    const session = await opened();
    await session.act('retry', { ...failed, error: REFUSED });
    expect(requests('job')).toEqual([{ type: 'job', file_id: 'a', action: 'retry' }]);
  });
});
