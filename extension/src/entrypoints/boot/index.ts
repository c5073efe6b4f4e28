import { browser } from 'wxt/browser';
import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import type { PageRequest, PanelCommand, Reply } from '../../messaging/page-messages';
import type { Shared } from '../../page/shared';
import { pageOf } from '../../sites/pages';
import type { Place } from '../../sites/types';
import { makeButton } from './button';

/** Delay from a change of the page to the next placement of the button, ms. */
const SETTLE_MS = 150;
/** Event of a newer boot script, after an update of the extension: an older one removes itself. */
const REPLACED = 'clipferry:replaced';

/**
 * The only script that every page of a known site loads: keeps the button in its place, and loads the panel on a
 * click. Named in the manifest by hand (wxt.config.ts), because WXT's content script context alone is half of its budget.
 */
export default defineUnlistedScript(() => {
  const page = pageOf(location.hostname);
  if (!page) return;
  document.dispatchEvent(new CustomEvent(REPLACED));
  const leaving = new AbortController();
  const { signal } = leaving;
  // A new object: after an update that of the old scripts may still be there, whose panel no longer works.
  const ours: Shared = (globalThis.clipferry = {});
  const button = makeButton(browser.i18n.getMessage('button_clip'), (event) => {
    void run(event.shiftKey ? 'clip-last' : 'open-panel');
  });
  ours.setButton = button.set;
  // The tooltip names the key, which can be changed at any time: requested when it is about to be shown.
  button.element.onpointerenter = button.element.onfocus = () => void tooltip();
  ours.place = () => {
    const place = page.place(document);
    const onVideo = page.match(new URL(location.href)) !== null || place?.permalink !== undefined;
    return onVideo ? place : null;
  };

  async function tooltip(): Promise<void> {
    const reply = await browser.runtime.sendMessage<PageRequest, Reply<string>>({ type: 'tooltip' });
    if (reply.ok) button.element.title = reply.value;
  }

  async function run(command: PanelCommand): Promise<void> {
    try {
      if (!ours.panel) await browser.runtime.sendMessage({ type: 'panel' } satisfies PageRequest);
      if (ours.panel) ours.panel(command);
      else button.set({ look: 'failed' });
    } catch {
      // The extension is gone or was updated: remove the dead button.
      leaving.abort();
    }
  }

  let place: Place | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = () => {
    timer = undefined;
    if (signal.aborted || document.hidden) return;
    place = ours.place?.() ?? null;
    put(button.element, place);
  };
  const later = () => {
    timer ??= setTimeout(refresh, SETTLE_MS);
  };
  const observer = new MutationObserver(later);
  observer.observe(document, { childList: true, subtree: true, attributeFilter: ['is-active', 'video-id'] });
  for (const event of [...page.events, 'fullscreenchange', 'visibilitychange']) {
    document.addEventListener(event, later, { signal });
  }
  window.addEventListener('resize', later, { signal });
  const onScroll = () => {
    if (place?.overlay) float(button.element, place);
    later();
  };
  document.addEventListener('scroll', onScroll, { capture: true, passive: true, signal });
  const leave = () => {
    leaving.abort();
  };
  document.addEventListener(REPLACED, leave, { signal });
  signal.addEventListener('abort', () => {
    observer.disconnect();
    button.element.remove();
  });
  refresh();
});

function put(button: HTMLElement, place: Place | null): void {
  // Pages clone parts of themselves, with a dead copy of the button.
  for (const copy of document.querySelectorAll('.clipferry-button')) if (copy !== button) copy.remove();
  if (!place) {
    button.remove();
    return;
  }
  button.classList.toggle('ytp-button', place.look === 'control');
  button.dataset['clipferryLook'] = place.look;
  const parent = place.slot ?? (place.overlay ? document.body : place.frame);
  // Moving a node that is in place already would lose its focus.
  if (button.parentElement !== parent) parent.prepend(button);
  if (place.overlay) float(button, place);
}

/** Place the button over a video whose frame must not be changed: at its upper corner, in window coordinates. */
function float(button: HTMLElement, { frame }: Place): void {
  const { left, top } = frame.getBoundingClientRect();
  button.style.translate = `${left + 12}px ${Math.max(top, 0) + 12}px`;
}
