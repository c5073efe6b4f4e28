import type { Place } from '../../sites/types';
import type { State } from './state';

/** The selection drawn on the player's own progress bar: one range, that takes no clicks. */
export class Mark {
  private readonly bar = document.createElement('div');

  constructor() {
    this.bar.className = 'clipferry-mark-on-bar';
    this.bar.setAttribute('aria-hidden', 'true');
    const css = { position: 'absolute', top: '0', height: '100%', background: '#7cc4ff', opacity: '0.75' };
    for (const [name, value] of Object.entries(css)) this.bar.style.setProperty(name, value);
    this.bar.style.setProperty('pointer-events', 'none');
    this.bar.style.setProperty('z-index', '40');
  }

  show(place: Place | null, { range, duration }: State): void {
    const progress = place?.progress;
    if (!progress || duration <= 0) {
      this.bar.remove();
      return;
    }
    this.bar.style.left = `${(range.start / duration) * 100}%`;
    this.bar.style.right = `${(1 - range.end / duration) * 100}%`;
    if (this.bar.parentElement !== progress) progress.append(this.bar);
  }
}
