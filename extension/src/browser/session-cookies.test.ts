import { beforeEach, describe, expect, it, vi } from 'vitest';
import { browser, type Browser } from 'wxt/browser';
import { fakeBrowser } from 'wxt/testing/fake-browser';
import { lendSession, sessionGrant } from './session-cookies';

const TAB = 7;
const WATCH = 'https://www.youtube.com/watch?v=AAAAAAAAAA1';

function cookie(name: string, partitionKey?: Browser.cookies.CookiePartitionKey): Browser.cookies.Cookie {
  const flags = { secure: true, hostOnly: false, httpOnly: true, session: true, sameSite: 'lax' } as const;
  const where = { domain: '.youtube.com', path: '/', storeId: '1' };
  return { name, value: 'x', ...where, ...flags, ...(partitionKey ? { partitionKey } : {}) };
}

describe('the grant', () => {
  it.each([
    ['www.youtube.com', 'https://*.youtube.com/*'],
    ['m.youtube.com', 'https://*.youtube.com/*'],
    ['youtube.com', 'https://*.youtube.com/*'],
    ['www.instagram.com', 'https://*.instagram.com/*'],
    ['notyoutube.com', 'https://*.notyoutube.com/*'],
    ['www.vimeo.example', 'https://*.vimeo.example/*'],
    ['player.videos.co.uk', 'https://*.player.videos.co.uk/*'],
  ])('for %s is %s', (hostname, pattern) => {
    expect(sessionGrant(hostname)).toEqual({ permissions: ['cookies'], origins: [pattern] });
  });
});

describe('a session that is lent', () => {
  const getAll = vi.fn();
  const contains = vi.fn();
  beforeEach(() => {
    fakeBrowser.reset();
    getAll.mockReset().mockResolvedValue([cookie('a')]);
    contains.mockReset().mockResolvedValue(true);
    const stores = [
      { id: '0', tabIds: [1, 2] },
      { id: '1', tabIds: [7] },
    ];
    Object.assign(browser, {
      permissions: { contains },
      cookies: { getAll, getAllCookieStores: vi.fn().mockResolvedValue(stores) },
    });
  });

  it("is that of the tab's own window", async () => {
    expect((await lendSession(TAB, WATCH)).map(({ name }) => name)).toEqual(['a']);
    expect(getAll).toHaveBeenCalledWith(expect.objectContaining({ url: WATCH, storeId: '1' }));
  });

  it("is never another window's", async () => {
    await expect(lendSession(99, WATCH)).rejects.toThrow('no_session');
    expect(getAll).not.toHaveBeenCalled();
  });

  it('has what is partitioned for the site itself, and nothing of its frames in other pages', async () => {
    getAll.mockResolvedValue([
      cookie('plain'),
      cookie('own', { topLevelSite: 'https://youtube.com', hasCrossSiteAncestor: false }),
      cookie('nested', { topLevelSite: 'https://youtube.com', hasCrossSiteAncestor: true }),
      cookie('elsewhere', { topLevelSite: 'https://other.example' }),
      cookie('similar', { topLevelSite: 'https://tube.com' }),
    ]);
    expect((await lendSession(TAB, WATCH)).map(({ name }) => name)).toEqual(['plain', 'own']);
  });

  it.each(['nobody is signed in', 'the permission was taken back'])('is refused in words where %s', async (why) => {
    if (why.startsWith('nobody')) getAll.mockResolvedValue([]);
    else contains.mockResolvedValue(false);
    await expect(lendSession(TAB, WATCH)).rejects.toThrow('no_session');
  });
});
