import { browser, type Browser } from 'wxt/browser';
import type { JobAction, PageAnswers, PageAsk, PanelCommand, Reply, Where } from '../../messaging/page-messages';
import { isRecord } from '../../protocol/client';
import { localFailure, toErrorInfo } from '../../protocol/errors';
import { findTarget } from '../../sites';
import { isKnownHost } from '../../sites/matches';
import type { Target } from '../../sites/types';
import { t } from '../../i18n/text';
import type { Companionship } from './companionship';
import { loadPanel, type Frame } from '../../browser/frames';
import { lendSession, mayLendSession } from '../../browser/session-cookies';

/** The frame that asks, as the browser vouches for it. */
interface Asker extends Frame {
  /** Where it is: the tab's address for the page itself, which follows in-page navigation; a frame's own otherwise. */
  url: string;
}

/** Answers content scripts. What they send is looked at as if the page had written it. */
export function answerPages(companionship: Companionship): void {
  browser.runtime.onMessage.addListener((message: unknown, sender, sendResponse: (reply: Reply<unknown>) => void) => {
    const asker = askerOf(sender);
    if (!asker || !isRecord(message) || typeof message['ask'] !== 'string') return false;
    answer(companionship, message as unknown as PageAsk, asker).then(
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

function askerOf(sender: Browser.runtime.MessageSender): Asker | null {
  const { tab, frameId } = sender;
  if (sender.id !== browser.runtime.id || tab?.id === undefined || frameId === undefined) return null;
  // The tab's address is known only where the page is open to us: without a site in the manifest, since a person called us.
  const url = frameId === 0 ? (tab.url ?? sender.url) : sender.url;
  return url !== undefined && /^https?:/.test(url) ? { tabId: tab.id, frameId, url } : null;
}

async function answer(companionship: Companionship, ask: PageAsk, asker: Asker): Promise<PageAnswers[PageAsk['ask']]> {
  switch (ask.ask) {
    case 'panel':
      await loadPanel(asker);
      return true;
    case 'resolve': {
      const { url, item } = videoOf(asker.url, ask);
      const cookies = ask.session === true ? await lendSession(asker.tabId, url) : [];
      return companionship.call('resolve', { url, item: item ?? null, cookies });
    }
    case 'clip': {
      const { url, item } = videoOf(asker.url, ask);
      const times = ask.range ? { start_time: ask.range.start, end_time: ask.range.end } : { whole: true };
      const { output, title, again } = ask;
      const cookies = ask.session === true ? await lendSession(asker.tabId, url) : [];
      const params = { url, item: item ?? null, ...times, output, title: title.slice(0, 300), again, cookies };
      return companionship.create(params, asker);
    }
    case 'session':
      return mayLendSession(asker, videoOf(asker.url, ask).url);
    case 'tooltip':
      return tooltip();
    case 'job':
      await act(companionship, ask.file_id, ask.action, asker);
      return true;
  }
}

/** A page may only do something about the jobs that were started from it. */
async function act(companionship: Companionship, fileId: string, action: JobAction, asker: Asker): Promise<void> {
  await companionship.book.ready();
  const asked = companionship.book.tabOf(fileId);
  if (asked?.tabId !== asker.tabId) throw localFailure('no_video');
  switch (action) {
    case 'cancel':
    case 'finish':
    case 'retry':
    case 'copy':
      await companionship.call(`job.${action}`, { file_id: fileId });
      break;
    case 'open':
    case 'reveal':
      await companionship.call('job.open', { file_id: fileId, reveal: action === 'reveal' });
      break;
    case 'seen':
      if (await isInFront(asker.tabId)) await companionship.call('job.seen', { file_id: fileId });
      break;
    case 'undo':
      if (!asked.made) throw localFailure('no_undo');
      await companionship.call('job.remove', { file_id: fileId, trash: true });
      companionship.book.remove(fileId);
  }
}

/** Whether the person looks at this tab. A page cannot tell: it has no focus while the address bar has it, or another frame. */
async function isInFront(tabId: number): Promise<boolean> {
  const { active, windowId } = await browser.tabs.get(tabId);
  return active && (await browser.windows.get(windowId)).focused;
}

/** The video at the frame's own address, or the post that the script points at, which has to be one of the same site. */
export function videoOf(pageUrl: string, where: Where): Pick<Target, 'url' | 'item'> {
  const own = findTarget(pageUrl);
  const pointed = where.permalink === undefined ? null : findTarget(where.permalink);
  const sameSite = pointed && URL.parse(pointed.url)?.hostname === URL.parse(pageUrl)?.hostname;
  // On pages of sites without a button the person asked through the context menu or a key: the page itself is meant.
  const target =
    own ?? (sameSite ? pointed : isKnownHost(URL.parse(pageUrl)?.hostname ?? '') ? null : { url: pageUrl });
  if (!target) throw localFailure('no_video');
  const item = where.item ?? ('item' in target ? target.item : undefined);
  return item !== undefined && Number.isInteger(item) ? { url: target.url, item } : { url: target.url };
}

/** What the button does, and the key that does the same: none where the browser gave none, or the person took it away. */
async function tooltip(): Promise<string> {
  const name: PanelCommand = 'open-panel';
  const commands = await browser.commands.getAll();
  const key = commands.find((command) => command.name === name)?.shortcut ?? '';
  return key === '' ? t('button_clip') : t('button_clip_key', key);
}
