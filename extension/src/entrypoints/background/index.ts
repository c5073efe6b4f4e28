import { browser } from 'wxt/browser';
import { defineBackground } from 'wxt/utils/define-background';
import type { PanelCommand } from '../../messaging/page-messages';
import { useBrowserMessages } from '../../i18n/browser-messages';
import { CompanionClient } from './companion-client';
import { commandFrame, injectIntoOpenPages } from '../../browser/frames';
import { answerMenus, createMenus } from './menus';
import { serveOwnPages } from './own-pages';
import { servePages } from './page-requests';

// Register all listeners synchronously: a service worker that is started for an event must have its listener by then.
export default defineBackground(() => {
  useBrowserMessages();
  const companion = new CompanionClient();
  servePages(companion);
  serveOwnPages(companion);
  answerMenus(companion);
  browser.commands.onCommand.addListener((command, tab) => {
    if (tab?.id !== undefined) {
      void commandFrame({ tabId: tab.id, frameId: 0 }, command as PanelCommand);
    }
  });
  browser.runtime.onInstalled.addListener(() => {
    void createMenus();
    void injectIntoOpenPages();
    void companion.refresh(); // the daemon then reports the extension to the page of `clipferry setup`
  });
  void companion.resume();
});
