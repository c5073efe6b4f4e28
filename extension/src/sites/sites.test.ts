import { describe, expect, it } from 'vitest';
import { findTarget } from '.';
import { SITE_MATCHES } from './matches';
import { PAGES } from './pages';

const WATCH = 'https://www.youtube.com/watch?v=AAAAAAAAAA1';

describe('an address that names a video', () => {
  it.each([
    [WATCH, WATCH],
    [`${WATCH}&list=PL123&t=42s&pp=abc`, WATCH],
    ['https://m.youtube.com/watch?v=AAAAAAAAAA1', WATCH],
    ['https://music.youtube.com/watch?v=AAAAAAAAAA1', WATCH],
    ['https://www.youtube.com/shorts/AAAAAAAAAA1?feature=share', WATCH],
    ['https://www.youtube.com/live/AAAAAAAAAA1', WATCH],
    ['https://www.youtube.com/embed/AAAAAAAAAA1?autoplay=1', WATCH],
    ['https://www.youtube-nocookie.com/embed/AAAAAAAAAA1', WATCH],
    ['https://youtu.be/AAAAAAAAAA1?t=3', WATCH],
    ['https://www.youtube.com/clip/UgkxabcDEF_-123', 'https://www.youtube.com/clip/UgkxabcDEF_-123'],
    ['https://www.instagram.com/reel/Caaaaaaaaa1/', 'https://www.instagram.com/reel/Caaaaaaaaa1/'],
    ['https://www.instagram.com/reels/Caaaaaaaaa1/', 'https://www.instagram.com/reel/Caaaaaaaaa1/'],
    ['https://www.instagram.com/p/Dsingle00001/?igsh=xyz', 'https://www.instagram.com/p/Dsingle00001/'],
    ['https://www.instagram.com/some.user/p/Dsingle00001/', 'https://www.instagram.com/p/Dsingle00001/'],
    ['https://www.instagram.com/some_user/reel/Caaaaaaaaa1', 'https://www.instagram.com/reel/Caaaaaaaaa1/'],
    ['https://www.instagram.com/tv/Caaaaaaaaa1/', 'https://www.instagram.com/tv/Caaaaaaaaa1/'],
    [
      'https://www.instagram.com/stories/user.name/3141592653/',
      'https://www.instagram.com/stories/user.name/3141592653/',
    ],
    ['http://127.0.0.1:8123/clipferry-demo/watch?v=demo&x=1', 'http://127.0.0.1:8123/clipferry-demo/watch?v=demo'],
  ])('%s', (address, url) => {
    expect(findTarget(address)?.url).toBe(url);
  });

  it('names the item of a carousel', () => {
    expect(findTarget('https://www.instagram.com/p/Dcarousel001/?img_index=2')?.item).toBe(2);
    expect(findTarget('https://www.instagram.com/p/Dcarousel001/?img_index=0')?.item).toBeUndefined();
    expect(findTarget('https://www.instagram.com/p/Dcarousel001/?img_index=2.5')?.item).toBeUndefined();
  });
});

describe('an address that names none', () => {
  it.each([
    'https://www.youtube.com/',
    'https://www.youtube.com/feed/subscriptions',
    'https://www.youtube.com/watch?v=short',
    'https://www.youtube.com/watch?v=AAAAAAAAAA1AAAA',
    'https://www.youtube.com/embed/videoseries?list=PL1',
    'https://www.youtube.com/shorts/',
    'http://www.youtube.com/watch?v=AAAAAAAAAA1',
    'https://www.youtube.com.evil.test/watch?v=AAAAAAAAAA1',
    'https://evil.test/https://www.youtube.com/watch?v=AAAAAAAAAA1',
    'https://www.youtube.com/clip/a/b',
    'https://www.instagram.com/',
    'https://www.instagram.com/reels/audio/123456/',
    'https://www.instagram.com/stories/highlights/123/',
    'https://www.instagram.com/some_user/reels/',
    'http://127.0.0.1:8123/clipferry-demo/watch',
    'http://127.0.0.1:8123/other/watch?v=demo',
    'http://localhost:8123/clipferry-demo/watch?v=demo',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'no address at all',
  ])('%s', (address) => {
    expect(findTarget(address)).toBeNull();
  });
});

it('gives every site a name of its own, and every host of a page a place in the manifest', () => {
  expect(new Set(PAGES.map(({ name }) => name)).size).toBe(PAGES.length);
  const hosts = PAGES.flatMap((page) => page.hosts);
  expect(new Set(hosts).size).toBe(hosts.length);
  const covered = SITE_MATCHES.map((pattern) => new URL(pattern.replace('*', '')).hostname);
  expect(hosts.filter((host) => host !== '127.0.0.1').sort()).toEqual(covered.sort());
});
