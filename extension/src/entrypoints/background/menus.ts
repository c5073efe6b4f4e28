import { browser, type Browser } from 'wxt/browser';
import { STORE_EDITION } from '../../lib/edition';
import { toErrorInfo } from '../../protocol/errors';
import type { OutputKind } from '../../protocol/generated';
import { findTarget } from '../../sites';
import { DEMO_MATCHES, LINK_MATCHES, SITE_MATCHES } from '../../sites/matches';
import { t, type MessageKey } from '../../i18n/text';
import type { CompanionClient } from './companion-client';
import { commandFrame, sendToFrame, type Frame } from '../../browser/frames';
import { videoOf } from './page-requests';

type Action = 'clip-last' | 'open-panel' | 'whole' | 'audio';

const TITLES: Record<Action, MessageKey> = {
  'clip-last': 'menu_clip_last',
  'open-panel': 'menu_clip_this',
  whole: 'menu_whole',
  audio: 'menu_audio',
};
const ANY_MATCHES = ['https://*/*', 'http://*/*'];
const ON_LINKS: readonly Action[] = ['whole', 'audio'];

/** Create the context menus once, when the extension is installed or updated: browsers keep them. */
export async function createMenus(): Promise<void> {
  await browser.contextMenus.removeAll();
  // Without known sites the menu is offered on all pages and links, as on all videos.
  const pages = STORE_EDITION ? ANY_MATCHES : [...SITE_MATCHES, ...DEMO_MATCHES];
  const add = (properties: Browser.contextMenus.CreateProperties) => {
    browser.contextMenus.create(properties);
  };
  for (const [action, key] of Object.entries(TITLES) as [Action, MessageKey][]) {
    add({ id: `video:${action}`, title: t(key), contexts: ['video'] });
    add({ id: `page:${action}`, title: t(key), contexts: ['page'], documentUrlPatterns: pages });
  }
  for (const action of ON_LINKS) {
    const targetUrlPatterns = [...pages, ...LINK_MATCHES];
    add({ id: `link:${action}`, title: t(TITLES[action]), contexts: ['link'], targetUrlPatterns });
  }
}

export function answerMenus(companion: CompanionClient): void {
  browser.contextMenus.onClicked.addListener((info, tab) => {
    if (tab?.id === undefined) return;
    const frame = { tabId: tab.id, frameId: info.frameId ?? 0 };
    const [, action] = String(info.menuItemId).split(':') as [string, Action];
    if (action === 'clip-last' || action === 'open-panel') {
      void commandFrame(frame, action);
      return;
    }
    const pageUrl = (frame.frameId === 0 ? (tab.url ?? info.pageUrl) : info.frameUrl) ?? '';
    void takeWhole(companion, info.linkUrl, pageUrl, action === 'audio' ? 'mp3' : 'mp4', frame, tab.title ?? '');
  });
}

async function takeWhole(
  companion: CompanionClient,
  link: string | undefined,
  pageUrl: string,
  kind: OutputKind,
  frame: Frame,
  title: string,
): Promise<void> {
  let url = link ?? pageUrl;
  try {
    const target = (link === undefined ? null : findTarget(link)) ?? videoOf(pageUrl, {});
    const { item } = target;
    url = target.url;
    const named = link === undefined ? { title: title.slice(0, 300) } : {};
    const job = await companion.create({ url, item: item ?? null, whole: true, output: { kind }, ...named }, frame);
    await sendToFrame(frame, { type: 'job', job });
  } catch (error) {
    await sendToFrame(frame, { type: 'trouble', error: toErrorInfo(error), url });
  }
}
