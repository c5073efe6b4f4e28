import { browser, type Browser } from 'wxt/browser';
import { localFailure } from '../protocol/errors';
import type { Cookie, Job } from '../protocol/generated';
import { findTarget } from '../sites';
import { sessionPattern } from '../sites/matches';
import type { Frame } from './frames';

/** The companion's limit. */
const MOST = 200;

/** Firefox refuses to list cookies without it where first-party isolation is on; Chromium does not know it. */
const ANY_FIRST_PARTY = import.meta.env.FIREFOX ? { firstPartyDomain: null } : {};

/**
 * The permissions that reading a session on `hostname` needs. Requested when a user first lends one, so that neither the
 * installation nor an update shows a warning for them.
 */
export function sessionGrant(hostname: string): Grant {
  const asked = { permissions: ['cookies' as const], origins: [sessionPattern(hostname)] };
  return import.meta.env.BROWSER === 'firefox' ? { ...asked, data_collection: ['authenticationInfo'] } : asked;
}

/** Firefox, from 140 on, also asks for consent to the data collection, which the common type does not have. */
export interface Grant extends Browser.permissions.Permissions {
  data_collection?: string[];
}

/** Another attempt at a job; `tabId`: a tab of the window whose session it takes. */
export interface JobRetry {
  tabId: number;
  fileId: string;
}

/** The address of a job's video on its site's own host; a short link's host holds no session. */
export function sessionUrl(job: Job): string {
  return findTarget(job.url)?.url ?? job.url;
}

/** Whether cookies may be read. If not, open the consent window, which continues with `to` once the user agrees. */
export async function mayLendSession(to: Frame | JobRetry, url: string): Promise<boolean> {
  const site = new URL(url).hostname;
  if (await browser.permissions.contains(sessionGrant(site))) return true;
  const goal = 'fileId' in to ? { job: to.fileId } : { frame: String(to.frameId) };
  const facts = new URLSearchParams({ tab: String(to.tabId), site, ...goal });
  const address = browser.runtime.getURL('/consent.html');
  await browser.windows.create({ url: `${address}#${facts.toString()}`, type: 'popup', width: 460, height: 380 });
  return false;
}

/**
 * The cookies that the window of a tab would send to `url`, for one request.
 *
 * @throws ClipferryError there is no session, or the browser denies access to it
 */
export async function lendSession(tabId: number, url: string): Promise<Cookie[]> {
  const { hostname } = new URL(url);
  if (!(await browser.permissions.contains(sessionGrant(hostname)))) throw localFailure('no_session');
  // A private window or a container has its own; another's must not take its place.
  const stores = await browser.cookies.getAllCookieStores();
  const store = stores.find(({ tabIds }) => tabIds.includes(tabId));
  if (!store) throw localFailure('no_session');
  const all = await browser.cookies.getAll({ url, storeId: store.id, partitionKey: {}, ...ANY_FIRST_PARTY });
  const own = all.filter((cookie) => isOwn(cookie, hostname));
  if (own.length === 0) throw localFailure('no_session');
  return own.slice(0, MOST).map(toCookie);
}

/** Whether the cookie is sent to the site's own top-level page: unpartitioned, or partitioned for this site. */
export function isOwn({ partitionKey }: Browser.cookies.Cookie, hostname: string): boolean {
  const topLevel = partitionKey?.topLevelSite;
  if (topLevel === undefined || topLevel === '') return true;
  const site = URL.parse(topLevel)?.hostname ?? '';
  return partitionKey?.hasCrossSiteAncestor !== true && (hostname === site || hostname.endsWith(`.${site}`));
}

export function toCookie(cookie: Browser.cookies.Cookie): Cookie {
  const { name, value, domain, path, secure, hostOnly, expirationDate } = cookie;
  return { name, value, domain, path, secure, host_only: hostOnly, expires: expirationDate ?? null };
}
