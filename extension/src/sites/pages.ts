import { demo } from './demo/page';
import { instagram } from './instagram/page';
import type { SitePage } from './types';
import { youtube } from './youtube/page';

export const PAGES: readonly SitePage[] = [youtube, instagram, demo];

/** The site of this host. */
export function pageOf(hostname: string): SitePage | null {
  return PAGES.find((page) => page.hosts.includes(hostname)) ?? null;
}
