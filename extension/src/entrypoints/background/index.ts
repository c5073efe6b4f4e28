import { browser } from 'wxt/browser';
import { defineBackground } from 'wxt/utils/define-background';
import type { PanelCommand } from '../../messaging/page-messages';
import { useTexts } from '../../i18n/text';
import { Companionship } from './companionship';
import { commandFrame, equipOpenPages } from '../../browser/frames';
import { answerMenus, createMenus } from './menus';
import { serveOwnPages } from './own-pages';
import { answerPages } from './page-requests';

// Listeners only, and all of them at once: a worker that is woken for an event has to have registered for it by then.
export default defineBackground(() => {
  useTexts((key, values) => browser.i18n.getMessage(key, values));
  const companionship = new Companionship();
  answerPages(companionship);
  serveOwnPages(companionship);
  answerMenus(companionship);
  browser.commands.onCommand.addListener((command, tab) => {
    if (tab?.id !== undefined) {
      void commandFrame({ tabId: tab.id, frameId: 0 }, command as PanelCommand);
    }
  });
  browser.runtime.onInstalled.addListener(() => {
    void createMenus();
    void equipOpenPages();
    void companionship.refresh(); // tells the page of `clipferry setup` that the extension is there
  });
  void companionship.resume();
});
