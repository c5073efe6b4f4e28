import type { Place } from '../sites/types';
import { askPlayer, type PlayerFacts } from './player-events';

/** The page's player as the panel needs it: content times in seconds, and seeking. */
export class Player {
  /** Media time minus content time: not 0 where ads are stitched into the stream. */
  private offset = 0;

  constructor(readonly place: Place) {}

  get video(): HTMLVideoElement {
    return this.place.video;
  }

  facts(): PlayerFacts {
    const told = this.place.overlay ? null : askPlayer();
    const media = this.video.currentTime;
    const facts = told ?? {
      id: '',
      title: document.title,
      time: media,
      duration: Number.isFinite(this.video.duration) ? this.video.duration : 0,
      live: this.video.duration === Infinity,
      ad: false,
    };
    const offset = media - facts.time;
    // A player may tell its time a little late; only a real difference is an ad in the stream.
    this.offset = Math.abs(offset) > 1 ? offset : 0;
    return { ...facts, time: this.now() };
  }

  /** The time on screen, seconds. */
  now(): number {
    return Math.max(0, this.video.currentTime - this.offset);
  }

  seek(time: number): void {
    this.video.currentTime = time + this.offset;
  }

  pause(): void {
    this.video.pause();
  }

  play(): void {
    // Refused without a gesture, or aborted by a pause right after: both are what the person sees anyway.
    void this.video.play().catch(() => undefined);
  }
}
