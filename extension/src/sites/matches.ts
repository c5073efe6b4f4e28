import { STORE_EDITION } from '../lib/edition';
import { DEMO, DOMAINS, LINKS, SITES } from './patterns';

/** The patterns of this edition: the store's knows no site. */
export const SITE_MATCHES: readonly string[] = STORE_EDITION ? [] : SITES;
export const DEMO_MATCHES: readonly string[] = STORE_EDITION ? [] : DEMO;
export const LINK_MATCHES: readonly string[] = STORE_EDITION ? [] : LINKS;
const SITE_DOMAINS: readonly string[] = STORE_EDITION ? [] : DOMAINS;

/** Whether the button knows this host's site. */
export function isKnownHost(hostname: string): boolean {
  return siteDomain(hostname) !== undefined;
}

/**
 * The match pattern of all hosts that share a session with `hostname`. `cookies.getAll` gives only cookies whose own domain is
 * permitted, and `.youtube.com` is not within `https://www.youtube.com/*`.
 */
export function sessionPattern(hostname: string): string {
  return `https://*.${siteDomain(hostname) ?? hostname.replace(/^www\./, '')}/*`;
}

function siteDomain(hostname: string): string | undefined {
  return SITE_DOMAINS.find((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}
