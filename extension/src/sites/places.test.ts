import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { instagram } from './instagram/page';
import { youtube } from './youtube/page';

/** happy-dom lays nothing out: elements say their box in `data-box="left top width height"`. */
beforeEach(() => {
  vi.spyOn(Element.prototype, 'getBoundingClientRect').mockImplementation(function (this: Element) {
    const [left = 0, top = 0, width = 0, height = 0] = (this.getAttribute('data-box') ?? '').split(' ').map(Number);
    return DOMRect.fromRect({ x: left, y: top, width, height });
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

function page(address: string, html: string): void {
  (window as unknown as { happyDOM: { setURL: (url: string) => void } }).happyDOM.setURL(address);
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  document.body.replaceChildren(...parsed.body.childNodes);
}

const WATCH = 'https://www.youtube.com/watch?v=AAAAAAAAAA1';

describe('YouTube', () => {
  it('puts the button first in the right-hand cluster of the split player', () => {
    page(
      WATCH,
      `<div id="movie_player"><video class="html5-main-video"></video><div class="ytp-progress-bar"></div>
       <div class="ytp-right-controls"><div class="ytp-right-controls-left"></div></div></div>
       <div id="inline-preview-player"><div class="ytp-right-controls"></div><video></video></div>`,
    );
    const place = youtube.place(document);
    expect(place?.slot?.className).toBe('ytp-right-controls-left');
    expect(place?.look).toBe('control');
    expect(place?.frame.id).toBe('movie_player');
    expect(place?.progress).not.toBeNull();
  });

  it('knows the classic player', () => {
    page(WATCH, '<div id="movie_player"><video></video><div class="ytp-right-controls"></div></div>');
    expect(youtube.place(document)?.slot?.className).toBe('ytp-right-controls');
  });

  it('floats where there are no such controls', () => {
    page('https://www.youtube.com/embed/AAAAAAAAAA1', '<div id="movie_player"><video></video></div>');
    expect(youtube.place(document)).toMatchObject({ slot: null, look: 'float' });
  });

  it('finds the action column of the Short that is in sight', () => {
    page(
      'https://www.youtube.com/shorts/SSSSSSSSSS1',
      `<ytd-reel-video-renderer is-active><div id="shorts-player" data-box="0 0 360 640"><video></video></div>
       <reel-action-bar-view-model data-box="370 400 60 200"></reel-action-bar-view-model></ytd-reel-video-renderer>`,
    );
    expect(youtube.place(document)).toMatchObject({ look: 'rail' });
  });

  it('has no place without a player', () => {
    page(WATCH, '<p>nothing</p>');
    expect(youtube.place(document)).toBeNull();
  });
});

describe('Instagram', () => {
  const feed = `<article><div><video id="a" data-box="0 -600 470 585"></video></div>
      <a href="/someone/">someone</a><a href="/p/Dsingle00001/"><time>1d</time></a></article>
    <article><ul><li style="transform: translateX(0px)"></li>
      <li style="transform: translateX(468px)"><video id="b" data-box="0 50 468 585"></video></li></ul>
      <a href="/someone/p/Dcarousel001/"><time>2d</time></a></article>`;

  it('takes the post of the video that is in sight, and its place in the carousel', () => {
    page('https://www.instagram.com/', feed);
    const place = instagram.place(document);
    expect(place?.video.id).toBe('b');
    expect(place).toMatchObject({ permalink: 'https://www.instagram.com/p/Dcarousel001/', item: 2, overlay: true });
  });

  it("prefers the reel over the feed behind it on a reel's own page", () => {
    page('https://www.instagram.com/reel/Caaaaaaaaa1/', `${feed}<video id="reel" data-box="100 50 300 500"></video>`);
    const place = instagram.place(document);
    expect(place?.video.id).toBe('reel');
    expect(place?.permalink).toBeUndefined();
  });

  it('has no place for a video whose post cannot be told', () => {
    page('https://www.instagram.com/', '<div><video data-box="0 0 400 500"></video></div>');
    expect(instagram.place(document)).toBeNull();
  });

  it('leaves out what is hardly in sight', () => {
    page('https://www.instagram.com/reel/Caaaaaaaaa1/', '<video data-box="0 -500 400 600"></video>');
    expect(instagram.place(document)).toBeNull();
  });
});
