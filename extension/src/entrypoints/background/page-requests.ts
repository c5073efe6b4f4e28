import { browser, type Browser } from 'wxt/browser';
import type { JobAction, PageResults, PageRequest, PanelCommand, Reply, VideoRef } from '../../messaging/page-messages';
import { readPageRequest } from '../../messaging/page-schemas';
import { localFailure, toErrorInfo } from '../../protocol/errors';
import { findTarget } from '../../sites';
import { isKnownHost } from '../../sites/matches';
import type { Target } from '../../sites/types';
import { t } from '../../i18n/text';
import type { CompanionClient } from './companion-client';
import { loadPanel, type Frame } from '../../browser/frames';
import { lendSession, mayLendSession } from '../../browser/session-cookies';

/** The requesting frame, as attested by the browser. */
interface Requester extends Frame {
  /** The tab's address for the top frame, which follows in-page navigation; the frame's own otherwise. */
  url: string;
}

/** Serve the requests of content scripts, trusted no more than the page itself. */
export function servePages(companion: CompanionClient): void {
  browser.runtime.onMessage.addListener((message: unknown, sender, sendResponse: (reply: Reply<unknown>) => void) => {
    const requester = requesterOf(sender);
    const request = requester && readPageRequest(message);
    if (!request) return false;
    answer(companion, request, requester).then(
      (value) => {
        sendResponse({ ok: true, value });
      },
      (error: unknown) => {
        sendResponse({ ok: false, error: toErrorInfo(error) });
      },
    );
    return true;
  });
}

function requesterOf(sender: Browser.runtime.MessageSender): Requester | null {
  const { tab, frameId } = sender;
  if (sender.id !== browser.runtime.id || tab?.id === undefined || frameId === undefined) return null;
  // The tab's address is known only with access to the page: by the manifest, or because the user called the extension there.
  const url = frameId === 0 ? (tab.url ?? sender.url) : sender.url;
  return url !== undefined && /^https?:/.test(url) ? { tabId: tab.id, frameId, url } : null;
}

async function answer(
  companion: CompanionClient,
  request: PageRequest,
  requester: Requester,
): Promise<PageResults[PageRequest['type']]> {
  switch (request.type) {
    case 'panel':
      await loadPanel(requester);
      return true;
    case 'resolve': {
      const { url, item } = videoOf(requester.url, request);
      const cookies = request.session === true ? await lendSession(requester.tabId, url) : [];
      return companion.call('resolve', { url, item: item ?? null, cookies });
    }
    case 'clip': {
      const { url, item } = videoOf(requester.url, request);
      const times = request.range ? { start_time: request.range.start, end_time: request.range.end } : { whole: true };
      const { output, title, again } = request;
      const cookies = request.session === true ? await lendSession(requester.tabId, url) : [];
      const params = { url, item: item ?? null, ...times, output, title: title.slice(0, 300), again, cookies };
      return companion.create(params, requester);
    }
    case 'session':
      return mayLendSession(requester, videoOf(requester.url, request).url);
    case 'tooltip':
      return tooltip();
    case 'job':
      await act(companion, request.file_id, request.action, requester);
      return true;
  }
}

/** Run an action on a job that was started from the requesting tab. */
async function act(companion: CompanionClient, fileId: string, action: JobAction, requester: Requester): Promise<void> {
  await companion.jobs.ready();
  const asked = companion.jobs.tabOf(fileId);
  if (asked?.tabId !== requester.tabId) throw localFailure('no_video');
  switch (action) {
    case 'cancel':
    case 'finish':
    case 'retry':
    case 'copy':
      await companion.call(`job.${action}`, { file_id: fileId });
      break;
    case 'open':
    case 'reveal':
      await companion.call('job.open', { file_id: fileId, reveal: action === 'reveal' });
      break;
    case 'seen':
      if (await isInFront(requester.tabId)) await companion.call('job.seen', { file_id: fileId });
      break;
    case 'undo':
      if (!asked.made) throw localFailure('no_undo');
      await companion.call('job.remove', { file_id: fileId, trash: true });
      companion.jobs.remove(fileId);
  }
}

/** Whether this tab is in front. Not known to the page itself, which has no focus while the address bar or another frame has it. */
async function isInFront(tabId: number): Promise<boolean> {
  const { active, windowId } = await browser.tabs.get(tabId);
  return active && (await browser.windows.get(windowId)).focused;
}

/** The video at the frame's own address, or at `permalink`, which has to be of the same site. */
export function videoOf(pageUrl: string, where: VideoRef): Pick<Target, 'url' | 'item'> {
  const own = findTarget(pageUrl);
  const pointed = where.permalink === undefined ? null : findTarget(where.permalink);
  const sameSite = pointed && URL.parse(pointed.url)?.hostname === URL.parse(pageUrl)?.hostname;
  // On sites without a button the request came from the context menu or a key: the page itself is meant.
  const target =
    own ?? (sameSite ? pointed : isKnownHost(URL.parse(pageUrl)?.hostname ?? '') ? null : { url: pageUrl });
  if (!target) throw localFailure('no_video');
  const item = where.item ?? ('item' in target ? target.item : undefined);
  return item !== undefined && Number.isInteger(item) ? { url: target.url, item } : { url: target.url };
}

/** The button's label, with the shortcut where one is assigned. */
async function tooltip(): Promise<string> {
  const name: PanelCommand = 'open-panel';
  const commands = await browser.commands.getAll();
  const key = commands.find((command) => command.name === name)?.shortcut ?? '';
  return key === '' ? t('button_clip') : t('button_clip_key', key);
}
