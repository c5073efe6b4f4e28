import { beforeEach, expect, it } from 'vitest';
import { fakeBrowser } from 'wxt/testing/fake-browser';
import { anyPlace } from './any-page';

/** `data-box`: left, top, width, height in a window of 1000 × 800. */
function box(this: Element): DOMRect {
  const [x = 0, y = 0, width = 0, height = 0] = (this.getAttribute('data-box') ?? '').split(' ').map(Number);
  return new DOMRect(x, y, width, height);
}

const closed = new Map<Element, ShadowRoot>();

beforeEach(() => {
  fakeBrowser.dom.openOrClosedShadowRoot = (element: HTMLElement) => closed.get(element) ?? null;
  Element.prototype.getBoundingClientRect = box;
  Object.assign(window, { innerWidth: 1000, innerHeight: 800 });
  document.body.replaceChildren();
});

function put(into: ParentNode, id: string, at: string): void {
  const video = document.createElement('video');
  video.id = id;
  video.dataset['box'] = at;
  into.append(video);
}

it('takes the largest video in sight', () => {
  put(document.body, 'small', '0 0 200 100');
  put(document.body, 'large', '0 200 600 400');
  put(document.body, 'below', '0 900 900 600');
  expect(anyPlace()).toMatchObject({ video: { id: 'large' }, overlay: true, slot: null });
});

it('takes one that is hardly in sight where there is no other', () => {
  put(document.body, 'tall', '0 -1000 400 1200');
  expect(anyPlace()?.video.id).toBe('tall');
});

it('leaves out dots and what is out of sight', () => {
  put(document.body, 'dot', '0 0 1 1');
  put(document.body, 'below', '0 900 900 600');
  expect(anyPlace()).toBeNull();
});

it('finds a video in shadow trees, closed ones too', () => {
  const host = document.createElement('some-player');
  const outer = host.attachShadow({ mode: 'closed' });
  document.body.append(host);
  const inner = document.createElement('div').attachShadow({ mode: 'open' });
  outer.append(inner.host);
  put(inner, 'deep', '0 0 600 400');
  closed.set(host, outer);
  expect(anyPlace()?.video.id).toBe('deep');
});
