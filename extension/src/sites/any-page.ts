import { largestVisible, mostVisible } from '../lib/visible';
import type { Place } from './types';

/** Narrower or lower is no picture to mark a clip in, but a tracker or a preview. CSS pixels. */
const SMALLEST = 80;

/** On a page that we know nothing about: its largest visible video. What is ours lies over it, and nothing goes inside. */
export function anyPlace(): Place | null {
  const video = choose(document.querySelectorAll('video')) ?? choose(videosInShadows(document));
  return video && { slot: null, look: 'float', frame: video, overlay: true, video, progress: null };
}

/** The one that the person looks at; where none is in sight by half, as a tall one or after scrolling, the one that is most. */
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

/** Content scripts may look into closed trees: Chromium by `chrome.dom`, Firefox by a property of each element. */
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
