import { browser } from 'wxt/browser';

/** Show on the toolbar button how many jobs run, or that one needs attention. */
export function showBadge(running: number, attention: boolean): void {
  const text = running > 0 ? String(running) : attention ? '!' : '';
  void browser.action.setBadgeText({ text });
  void browser.action.setBadgeBackgroundColor({ color: attention ? '#b3261e' : '#0b57d0' });
}
