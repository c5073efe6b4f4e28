import { largestVisible, mostVisible } from '../lib/visible';
import type { Place } from './types';

/** A smaller element is a tracker or a preview. CSS pixels. */
const SMALLEST = 80;

/** The largest visible video of a page of an unknown site. The panel is laid over it, never into it. */
export function anyPlace(): Place | null {
  const video = choose(document.querySelectorAll('video')) ?? choose(videosInShadows(document));
  return video && { slot: null, look: 'float', frame: video, overlay: true, video, progress: null };
}

/** The largest video of which at least half is visible; without one (a tall video, a scrolled page), the most visible one. */
function choose(videos: Iterable<HTMLVideoElement>): HTMLVideoElement | null {
  const all = [...videos];
  return largestVisible(all, SMALLEST) ?? mostVisible(all, SMALLEST);
}

/** Players made as web components keep their video in a shadow tree, open or closed. */
function* videosInShadows(root: ParentNode): Generator<HTMLVideoElement> {
  for (const element of root.querySelectorAll<HTMLElement>('*')) {
    const shadow = shadowOf(element);
    if (!shadow) continue;
    yield* shadow.querySelectorAll('video');
    yield* videosInShadows(shadow);
  }
}

/** Content scripts have access to closed trees: by `chrome.dom` in Chromium, by a property of each element in Firefox. */
function shadowOf(element: HTMLElement): ShadowRoot | null {
  if (element.shadowRoot) return element.shadowRoot;
  const { openOrClosedShadowRoot } = element as { openOrClosedShadowRoot?: ShadowRoot | null };
  if (openOrClosedShadowRoot !== undefined) return openOrClosedShadowRoot;
  const { chrome } = globalThis as { chrome?: ChromeWithDom };
  // Chromium throws for elements that cannot have one.
  const may = element.localName.includes('-') || MAY_HAVE_SHADOW.has(element.localName);
  return may ? (chrome?.dom?.openOrClosedShadowRoot(element) ?? null) : null;
}

interface ChromeWithDom {
  dom?: { openOrClosedShadowRoot: (element: HTMLElement) => ShadowRoot | null };
}

/** Beside custom elements (dom.spec.whatwg.org/#dom-element-attachshadow). */
const MAY_HAVE_SHADOW = new Set([
  'article',
  'aside',
  'body',
  'div',
  'footer',
  'header',
  'main',
  'nav',
  'p',
  'section',
  'span',
]);
