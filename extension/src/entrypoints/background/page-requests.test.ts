import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeBrowser } from 'wxt/testing/fake-browser';
import messages from '../../../public/_locales/en/messages.json';
import type { PageRequest, Reply } from '../../messaging/page-messages';
import type { Job } from '../../protocol/generated';
import { setMessageSource } from '../../i18n/text';
import type { CompanionClient } from './companion-client';
import { servePages, videoOf } from './page-requests';

const WATCH = 'https://www.youtube.com/watch?v=AAAAAAAAAA1';
const POST = 'https://www.instagram.com/p/Dsingle00001/';
const ID = 'a'.repeat(26);

describe('which video a page means', () => {
  it.each([
    [WATCH + '&list=x', {}, { url: WATCH }],
    [WATCH, { permalink: POST }, { url: WATCH }],
    ['https://www.instagram.com/', { permalink: POST }, { url: POST }],
    ['https://www.instagram.com/', { permalink: POST, item: 2 }, { url: POST, item: 2 }],
    [POST + '?img_index=3', {}, { url: POST, item: 3 }],
    ['https://videos.example/some/page', {}, { url: 'https://videos.example/some/page' }],
  ])('%s with %j', (page, where, video) => {
    expect(videoOf(page, where)).toEqual(video);
  });

  it.each([
    ['https://www.youtube.com/', {}],
    ['https://www.youtube.com/', { permalink: POST }],
    ['https://www.instagram.com/', { permalink: WATCH }],
    ['https://www.instagram.com/', { permalink: 'http://127.0.0.1:80/clipferry-demo/watch?v=x' }],
    ['https://www.instagram.com/', { permalink: 'file:///etc/passwd' }],
  ])('nothing on %s with %j', (page, where) => {
    expect(() => videoOf(page, where)).toThrow();
  });
});

describe('what is asked by a page', () => {
  const call = vi.fn();
  const create = vi.fn();
  const tabOf = vi.fn();
  const job = { file_id: ID, state: 'queued' } as Job;

  beforeEach(() => {
    fakeBrowser.reset();
    call.mockReset().mockResolvedValue({});
    create.mockReset().mockResolvedValue(job);
    tabOf.mockReset().mockReturnValue({ tabId: 7, frameId: 0, made: true });
    const jobs = { ready: () => Promise.resolve(), tabOf, remove: vi.fn() };
    servePages({ call, create, jobs } as unknown as CompanionClient);
  });

  function send(ask: PageRequest | object, sender: object): Promise<Reply<unknown> | undefined> {
    return new Promise((done) => {
      const taken = fakeBrowser.runtime.onMessage.trigger(ask, { id: fakeBrowser.runtime.id, ...sender }, done);
      void taken.then((results) => {
        if (!results.includes(true as never)) done(undefined);
      });
    });
  }
  const tab = { tab: { id: 7, url: WATCH }, frameId: 0, url: 'https://www.youtube.com/' };
  const clip = {
    type: 'clip',
    range: { start: 1, end: 2 },
    output: { kind: 'mp4' },
    title: 'x'.repeat(999),
    again: false,
    url: 'http://127.0.0.1/private',
  };

  it("takes the address from the browser, whatever the page's script says", async () => {
    expect(await send(clip, tab)).toEqual({ ok: true, value: job });
    const [params, from] = create.mock.calls[0] as [Record<string, unknown>, object];
    expect(params).toMatchObject({ url: WATCH, start_time: 1, end_time: 2, cookies: [] });
    expect(params['title']).toHaveLength(300);
    expect(from).toMatchObject({ tabId: 7, frameId: 0 });
  });

  it("takes a frame's own address", async () => {
    await send({ ...clip, range: null }, { ...tab, frameId: 3, url: 'https://www.youtube.com/embed/BBBBBBBBBB2' });
    const [params] = create.mock.calls[0] as [Record<string, unknown>];
    expect(params).toMatchObject({ url: 'https://www.youtube.com/watch?v=BBBBBBBBBB2' });
    expect(params).not.toHaveProperty('start_time');
  });

  it.each([
    ['another extension', { ...tab, id: 'someone-else' }],
    ['a page of ours', { url: 'chrome-extension://x/popup.html' }],
    ['a local file', { ...tab, tab: { id: 7, url: 'file:///etc/passwd' } }],
  ])('does not listen to %s', async (_, sender) => {
    expect(await send(clip, sender)).toBeUndefined();
    expect(create).not.toHaveBeenCalled();
  });

  it('lets a page touch only the jobs that it started', async () => {
    tabOf.mockReturnValue({ tabId: 8, frameId: 0 });
    const reply = await send({ type: 'job', file_id: ID, action: 'undo' }, tab);
    expect(reply).toMatchObject({ ok: false });
    expect(call).not.toHaveBeenCalled();
  });

  it.each([
    ['the tab in front of the window in front', true, true, true],
    ['a tab behind another', false, true, false],
    ['a window behind another', true, false, false],
  ])('says that a result is seen from %s: %s, %s', async (_, active, focused, said) => {
    fakeBrowser.tabs.get = vi.fn().mockResolvedValue({ active, windowId: 3 });
    fakeBrowser.windows.get = vi.fn().mockResolvedValue({ focused });
    expect(await send({ type: 'job', file_id: ID, action: 'seen' }, tab)).toMatchObject({ ok: true });
    expect(call.mock.calls).toEqual(said ? [['job.seen', { file_id: ID }]] : []);
  });

  it('puts a file that the page asked for on the clipboard', async () => {
    expect(await send({ type: 'job', file_id: ID, action: 'copy' }, tab)).toMatchObject({ ok: true });
    expect(call).toHaveBeenCalledExactlyOnceWith('job.copy', { file_id: ID });
  });

  it('answers nothing that is no request of this version', async () => {
    for (const ask of [
      { type: 'job', file_id: ID, action: 'remove' },
      { ...clip, output: 'mp4' },
      { type: 'settings' },
    ]) {
      expect(await send(ask, tab)).toBeUndefined();
    }
    expect(call).not.toHaveBeenCalled();
    expect(create).not.toHaveBeenCalled();
  });

  it('undoes by removing the job and moving its file to the bin', async () => {
    expect(await send({ type: 'job', file_id: ID, action: 'undo' }, tab)).toMatchObject({ ok: true });
    expect(call).toHaveBeenCalledWith('job.remove', { file_id: ID, trash: true });
  });

  it('undoes nothing that was there before the page asked for it', async () => {
    tabOf.mockReturnValue({ tabId: 7, frameId: 0, made: false });
    const reply = await send({ type: 'job', file_id: ID, action: 'undo' }, tab);
    expect(reply).toMatchObject({ ok: false, error: { code: 'no_undo' } });
    expect(call).not.toHaveBeenCalled();
  });

  it.each([
    ['Alt+Shift+O', 'Clip this video (Alt+Shift+O)'],
    ['', 'Clip this video'],
  ])('names the key %j only if it is assigned', async (shortcut, text) => {
    fakeBrowser.commands = { getAll: () => Promise.resolve([{ name: 'open-panel', shortcut }]) } as never;
    setMessageSource((key, values) => messages[key].message.replace('$1', values[0] ?? ''));
    expect(await send({ type: 'tooltip' }, tab)).toEqual({ ok: true, value: text });
  });
});
