import type { Matcher } from '../types';

const HOST = /^(?:www\.|m\.)?instagram\.com$/;
const POST = /^\/(?:[A-Za-z0-9._]+\/)?(p|reel|reels|tv)\/([A-Za-z0-9_-]+)(?:\/|$)/;
const STORY = /^\/stories\/([A-Za-z0-9._]+)\/(\d+)\/?$/;

/** Posts, reels and IGTV, each also under `/<user>/`; stories with their id. `/reels/audio/<id>/` is an audio page, not a reel. */
export const matchInstagram: Matcher = (url) => {
  if (url.protocol !== 'https:' || !HOST.test(url.hostname)) return null;
  const story = STORY.exec(url.pathname);
  if (story?.[1] && story[2] && story[1] !== 'highlights') {
    return { url: `https://www.instagram.com/stories/${story[1]}/${story[2]}/` };
  }
  const post = POST.exec(url.pathname);
  if (!post?.[1] || !post[2] || post[2] === 'audio') return null;
  const kind = post[1] === 'reels' ? 'reel' : post[1];
  const item = Number(url.searchParams.get('img_index'));
  return {
    url: `https://www.instagram.com/${kind}/${post[2]}/`,
    ...(Number.isInteger(item) && item >= 1 && item <= 100 ? { item } : {}),
  };
};
