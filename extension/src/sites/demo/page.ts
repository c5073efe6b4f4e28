import type { Place, SitePage } from '../types';
import { matchDemo } from './match';

function place(document: Document): Place | null {
  const video = document.querySelector<HTMLVideoElement>('video#clipferry-demo-player');
  const frame = video?.closest<HTMLElement>('.player') ?? video?.parentElement;
  if (!video || !frame) return null;
  const slot = frame.querySelector('.player-controls');
  return { slot, look: slot ? 'control' : 'float', frame, overlay: false, video, progress: null };
}

export const demo: SitePage = { name: 'demo', hosts: ['127.0.0.1'], match: matchDemo, place, events: [] };
