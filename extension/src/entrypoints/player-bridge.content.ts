import { defineContentScript } from 'wxt/utils/define-content-script';
import { PLAYER_REQUEST, PLAYER_RESPONSE } from '../page/player-events';

/** The methods of YouTube's player element that are read here. They exist only in the page's own world. */
interface PagePlayer extends HTMLElement {
  getVideoData?: () => { video_id?: string; title?: string; isLive?: boolean };
  getCurrentTime?: () => number;
  getDuration?: () => number;
  getPresentingPlayerType?: () => number;
}

const PLAYERS = 'ytd-reel-video-renderer[is-active] #shorts-player, #movie_player, #shorts-player';
const AD = '.ad-showing, .ad-interrupting';

/** Runs in the page's own world: keeps no state and trusts no input. One request, one response, plain data. */
export default defineContentScript({
  matches: ['https://www.youtube.com/*', 'https://m.youtube.com/*', 'https://www.youtube-nocookie.com/*'],
  world: 'MAIN',
  runAt: 'document_start',
  allFrames: true,
  main() {
    document.addEventListener(PLAYER_REQUEST, () => {
      const all = [...document.querySelectorAll<PagePlayer>(PLAYERS)].filter((player) => player.getCurrentTime);
      const player = all.find((candidate) => candidate.getBoundingClientRect().width > 0) ?? all[0];
      if (!player) return;
      const data = player.getVideoData?.();
      const detail = JSON.stringify({
        id: data?.video_id ?? '',
        title: data?.title ?? '',
        time: player.getCurrentTime?.() ?? 0,
        duration: player.getDuration?.() ?? 0,
        live: data?.isLive === true,
        ad: player.matches(AD) || player.getPresentingPlayerType?.() === 2,
      });
      document.dispatchEvent(new CustomEvent(PLAYER_RESPONSE, { detail }));
    });
  },
});
