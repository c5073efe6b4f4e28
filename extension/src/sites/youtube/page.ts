import { firstVisible, largestVisible } from '../../lib/visible';
import type { Place, SitePage } from '../types';
import { matchYouTube } from './match';

// Second-hand knowledge of the live site, last compared on 2026-06-05 (watch, embed) and 2026-08-15 (Shorts).
// "delhi" is the player that ships since 2025: its right-hand cluster is split in two.
const PLAYER = '#movie_player';
const SHORTS_PLAYER = '#shorts-player';
const CONTROLS = ['.ytp-right-controls-left', '.ytp-right-controls'];
const SHORTS_RAIL = 'reel-action-bar-view-model, .ytwReelActionBarViewModelHost, ytd-reel-video-renderer #actions';
const PROGRESS = '.ytp-progress-bar';
const TITLE_END = ' - YouTube';
const VIDEO = 'video.html5-main-video, video';

function place(document: Document): Place | null {
  const { pathname } = document.location;
  if (pathname.startsWith('/shorts/')) return shorts(document);
  const player = document.querySelector<HTMLElement>(PLAYER);
  const video = player?.querySelector<HTMLVideoElement>(VIDEO);
  if (!player || !video) return null;
  const slot = CONTROLS.map((selector) => player.querySelector(selector)).find(Boolean) ?? null;
  // Embeds and m. have other controls, which change: there the button floats in a corner of the player.
  const floats = slot === null || pathname.startsWith('/embed/') || document.location.hostname === 'm.youtube.com';
  return {
    slot: floats ? null : slot,
    look: floats ? 'float' : 'control',
    frame: player,
    overlay: false,
    video,
    progress: player.querySelector<HTMLElement>(PROGRESS),
    titleEnd: TITLE_END,
  };
}

/** The renderer is recycled from one Short to the next, so nothing found here may be kept. */
function shorts(document: Document): Place | null {
  const frame = largestVisible(document.querySelectorAll<HTMLElement>(SHORTS_PLAYER));
  const video = frame?.querySelector<HTMLVideoElement>('video');
  if (!frame || !video) return null;
  const owner = frame.closest('ytd-reel-video-renderer') ?? document;
  const slot = firstVisible(owner.querySelectorAll(SHORTS_RAIL));
  return { slot, look: slot ? 'rail' : 'float', frame, overlay: false, video, progress: null, titleEnd: TITLE_END };
}

export const youtube: SitePage = {
  name: 'youtube',
  hosts: ['www.youtube.com', 'm.youtube.com', 'www.youtube-nocookie.com'],
  match: matchYouTube,
  place,
  events: ['yt-navigate-finish', 'yt-player-updated', 'yt-page-data-updated'],
};
