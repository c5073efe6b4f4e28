import type { Place } from '../sites/types';
import { requestPlayerFacts, type PlayerFacts } from './player-events';

/** The page's player: reads and sets content time, in seconds. */
export class Player {
  /** Media time minus content time: not 0 where ads are stitched into the stream. */
  private offset = 0;

  constructor(readonly place: Place) {}

  get video(): HTMLVideoElement {
    return this.place.video;
  }

  facts(): PlayerFacts {
    const told = this.place.overlay ? null : requestPlayerFacts();
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
    // A player may report its time a little late. Only a larger difference is an ad in the stream.
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
    // Rejected without a user gesture, or aborted by a pause right after: both show on the player itself.
    void this.video.play().catch(() => undefined);
  }
}
