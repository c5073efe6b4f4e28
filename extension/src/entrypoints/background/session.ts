import { browser, type Browser } from 'wxt/browser';
import type { Cookie } from '../../protocol/generated';
import type { Frame } from './inject';

/** As many as the companion takes. */
const MOST = 200;

/** May cookies be read? If not, a window of ours explains what for and asks; it tells the frame when the answer is yes. */
export async function mayLendSession(frame: Frame, url: string): Promise<boolean> {
  if (await browser.permissions.contains({ permissions: ['cookies'] })) return true;
  const facts = new URLSearchParams({
    tab: String(frame.tabId),
    frame: String(frame.frameId),
    site: new URL(url).hostname,
  });
  const address = browser.runtime.getURL('/consent.html');
  await browser.windows.create({ url: `${address}#${facts.toString()}`, type: 'popup', width: 460, height: 380 });
  return false;
}

/** The cookies that the frame's own browser session would send to `url`, for one request. */
export async function lendSession(frame: Frame, url: string): Promise<Cookie[]> {
  const stores = await browser.cookies.getAllCookieStores();
  const store = stores.find(({ tabIds }) => tabIds.includes(frame.tabId));
  const all = await browser.cookies.getAll({ url, ...(store ? { storeId: store.id } : {}) });
  return all.slice(0, MOST).map(toCookie);
}

export function toCookie(cookie: Browser.cookies.Cookie): Cookie {
  const { name, value, domain, path, secure, hostOnly, expirationDate } = cookie;
  return { name, value, domain, path, secure, host_only: hostOnly, expires: expirationDate ?? null };
}
