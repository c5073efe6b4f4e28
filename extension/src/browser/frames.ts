import { browser } from 'wxt/browser';
import type { PanelCommand, FrameMessage } from '../messaging/page-messages';
import { DEMO_MATCHES, SITE_MATCHES } from '../sites/matches';

export interface Frame {
  tabId: number;
  frameId: number;
}

/** Load the panel's script into a frame. Does nothing where it already runs. */
export async function loadPanel({ tabId, frameId }: Frame): Promise<void> {
  await browser.scripting.executeScript({ target: { tabId, frameIds: [frameId] }, files: ['/panel.js'] });
}

/** Send a message to a frame's panel, loading it first. `false`: the page is gone, or there is no access to it. */
export async function sendToFrame(frame: Frame, message: FrameMessage): Promise<boolean> {
  try {
    await loadPanel(frame);
    await browser.tabs.sendMessage(frame.tabId, message, { frameId: frame.frameId });
    return true;
  } catch (error) {
    console.debug('the page is gone', error);
    return false;
  }
}

/** Send a command to a frame's panel, or to the top frame where there is no access to the frame. */
export async function commandFrame(frame: Frame, command: PanelCommand): Promise<boolean> {
  const message: FrameMessage = { type: 'command', command };
  if (await sendToFrame(frame, message)) return true;
  return frame.frameId !== 0 && sendToFrame({ ...frame, frameId: 0 }, message);
}

/** Inject the content scripts into pages that were open before the extension was installed or updated. */
export async function injectIntoOpenPages(): Promise<void> {
  const scripts = browser.runtime.getManifest().content_scripts ?? [];
  const url = [...SITE_MATCHES, ...DEMO_MATCHES];
  const tabs = url.length > 0 ? await browser.tabs.query({ url }) : [];
  for (const { id: tabId } of tabs) {
    if (tabId === undefined) continue;
    const target = { tabId, allFrames: true };
    for (const script of scripts) {
      const world = (script as { world?: 'MAIN' | 'ISOLATED' }).world ?? 'ISOLATED';
      try {
        if (script.css) await browser.scripting.insertCSS({ target, files: script.css });
        if (script.js) await browser.scripting.executeScript({ target, files: script.js as never[], world });
      } catch (error) {
        console.debug('a page that cannot be equipped', error);
      }
    }
  }
}
