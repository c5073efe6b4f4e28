import { largestVisible } from '../../lib/visible';
import type { Place, SitePage } from '../types';
import { matchInstagram } from './match';

// Second-hand knowledge of the live site, last compared on 2026-08-20. Class names are compiled and never used: only
// <video>, article, [role=dialog] and links. React rebuilds its tree at any time, so the extension's elements are children of body, laid over it.
const POST_LINK = 'a[href]';

function place(document: Document): Place | null {
  const onPost = matchInstagram(new URL(document.location.href)) !== null;
  const all = [...document.querySelectorAll<HTMLVideoElement>('video')];
  // A reel opened from the feed leaves the feed mounted behind it: on a reel's own page prefer videos outside of articles.
  const outside = onPost ? all.filter((video) => !video.closest('article')) : all;
  const video = largestVisible(outside, 80) ?? largestVisible(all, 80);
  if (!video) return null;
  const found = onPost ? null : permalink(video);
  if (!onPost && found === null) return null;
  const item = carouselItem(video);
  return {
    slot: null,
    look: 'float',
    frame: video,
    overlay: true,
    video,
    progress: null,
    ...(found === null ? {} : { permalink: found }),
    ...(item === null ? {} : { item }),
  };
}

/** The post's address: the first link of the surrounding article that names a post (usually around its time). */
function permalink(video: HTMLVideoElement): string | null {
  for (const link of video.closest('article')?.querySelectorAll<HTMLAnchorElement>(POST_LINK) ?? []) {
    const target = matchInstagram(new URL(link.href));
    if (target) return target.url;
  }
  return null;
}

/** 1-based place of the video among the items of its carousel, by the position that each item is moved to. */
function carouselItem(video: HTMLVideoElement): number | null {
  const item = video.closest<HTMLElement>('li[style*="translateX"]');
  const items = item?.parentElement?.querySelectorAll<HTMLElement>(':scope > li[style*="translateX"]');
  if (!item || !items) return null;
  const offset = translation(item);
  const width = item.offsetWidth || video.offsetWidth;
  return offset !== null && width > 0 ? Math.round(offset / width) + 1 : [...items].indexOf(item) + 1;
}

function translation(item: HTMLElement): number | null {
  const value = /translateX\((-?[\d.]+)px\)/.exec(item.style.transform)?.[1];
  return value === undefined ? null : Number(value);
}

export const instagram: SitePage = {
  name: 'instagram',
  hosts: ['www.instagram.com'],
  match: matchInstagram,
  place,
  events: [],
};
