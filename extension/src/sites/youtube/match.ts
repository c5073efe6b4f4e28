import type { Matcher } from '../types';

const HOST = /^(?:(?:(?:www|m|music)\.)?youtube\.com|(?:www\.)?youtube-nocookie\.com|youtu\.be)$/;
const ID = /^[A-Za-z0-9_-]{11}$/;
const PATH = /^\/(?:shorts|embed|live|v|e)\/([A-Za-z0-9_-]{11})(?:\/|$)/;
const CLIP = /^\/clip\/([A-Za-z0-9_-]{1,80})\/?$/;

/** `/watch?v=`, `/shorts/`, `/embed/`, `/live/`, `youtu.be/`; `/clip/` pages name no video and are sent as they are. */
export const matchYouTube: Matcher = (url) => {
  if (url.protocol !== 'https:' || !HOST.test(url.hostname)) return null;
  const clip = CLIP.exec(url.pathname)?.[1];
  if (clip) return { url: `https://www.youtube.com/clip/${clip}` };
  const id = videoId(url);
  return id === null ? null : { url: `https://www.youtube.com/watch?v=${id}` };
};

function videoId(url: URL): string | null {
  const id =
    url.hostname === 'youtu.be'
      ? url.pathname.slice(1).replace(/\/$/, '')
      : /^\/watch\/?$/.test(url.pathname)
        ? url.searchParams.get('v')
        : PATH.exec(url.pathname)?.[1];
  // `/embed/videoseries?list=…` has eleven letters too, and is a playlist.
  return id != null && ID.test(id) && id !== 'videoseries' ? id : null;
}
