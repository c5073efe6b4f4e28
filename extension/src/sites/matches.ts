/** Where the button may appear: match patterns of the manifest (developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/Match_patterns). */
export const SITE_MATCHES = [
  'https://www.youtube.com/*',
  'https://m.youtube.com/*',
  'https://www.youtube-nocookie.com/*',
  'https://www.instagram.com/*',
];

/** The small site that `clipferry demo` serves, on whatever port: a pattern without a port matches all of them. */
export const DEMO_MATCHES = ['http://127.0.0.1/clipferry-demo/*'];

/** Links that can be taken from the context menu, beside those of the pages above. */
export const LINK_MATCHES = ['https://youtu.be/*', 'https://youtube.com/*', 'https://instagram.com/*'];

/** The domains whose hosts are one site: a session's cookies are set for the domain. */
const SITE_DOMAINS = ['youtube.com', 'youtube-nocookie.com', 'instagram.com'];

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
