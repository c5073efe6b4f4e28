import { STORE_EDITION } from '../lib/edition';
import { matchDemo } from './demo/match';
import { matchInstagram } from './instagram/match';
import type { Matcher, Target } from './types';
import { matchYouTube } from './youtube/match';

/** The URL matcher of every site. A new site: one folder, one line here, one in `pages.ts`, its patterns in `patterns.ts`. */
const MATCHERS: readonly Matcher[] = STORE_EDITION ? [] : [matchYouTube, matchInstagram, matchDemo];

/** The video that an address names, or `null` where it is not one that a button is offered for. */
export function findTarget(address: string | URL): Target | null {
  const url = typeof address === 'string' ? URL.parse(address) : address;
  if (url === null) return null;
  for (const match of MATCHERS) {
    const target = match(url);
    if (target) return target;
  }
  return null;
}
