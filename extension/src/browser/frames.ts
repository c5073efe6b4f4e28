import { browser } from 'wxt/browser';
import type { PanelCommand, Tell } from '../messaging/page-messages';
import { DEMO_MATCHES, SITE_MATCHES } from '../sites/matches';

export interface Frame {
  tabId: number;
  frameId: number;
}

/** Load the panel's script into a frame. It does nothing where it is already there. */
export async function loadPanel({ tabId, frameId }: Frame): Promise<void> {
  await browser.scripting.executeScript({ target: { tabId, frameIds: [frameId] }, files: ['/panel.js'] });
}

/** Say something to a frame, with the panel there to hear it. `false`: the page is gone, or closed to us. */
export async function tellFrame(frame: Frame, message: Tell): Promise<boolean> {
  try {
    await loadPanel(frame);
    await browser.tabs.sendMessage(frame.tabId, message, { frameId: frame.frameId });
    return true;
  } catch (error) {
    console.debug('the page is gone', error);
    return false;
  }
}

/** Give the panel a command where a person called it; a frame that is closed to us leaves it to the page around it. */
export async function commandFrame(frame: Frame, command: PanelCommand): Promise<boolean> {
  const message: Tell = { tell: 'command', command };
  if (await tellFrame(frame, message)) return true;
  return frame.frameId !== 0 && tellFrame({ ...frame, frameId: 0 }, message);
}

/** Pages that were open before the extension was installed or updated have no button yet. */
export async function equipOpenPages(): Promise<void> {
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
