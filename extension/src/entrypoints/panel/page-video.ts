import { lastSeconds, markEdge, setEdge, toMillis, type Edge, type Range } from '../../clip/range';
import { findTarget } from '../../sites';
import { anyPlace } from '../../sites/any-page';
import type { VideoRef } from '../../messaging/page-messages';
import { Player } from '../../page/player';
import { shared } from '../../page/shared';
import { NO_VIDEO, type State } from './state';

/** A player reports less than this before it has read its video's length, seconds. */
const MIN_DURATION_S = 0.2;
/** A length that differs by less is the same one, seconds. */
const DURATION_TOLERANCE_S = 0.5;

/** The video that this frame shows, and the ranges that were marked on each video of this page. */
export class PageVideo {
  player: Player | null = null;
  /** Identifies the video within this page; empty: none was found so far. */
  key = '';
  private readonly marks = new Map<string, Range>();
  /** The key of the video that the user's session is lent to. */
  private lentTo: string | null = null;

  /** Read the page and its player. Returns what changes in `state`; `null`: there is no video. */
  read(state: State): Partial<State> | null {
    const { place: find = anyPlace } = shared();
    const place = find();
    if (!place) return null;
    if (this.player?.video !== place.video || this.player.place.frame !== place.frame) this.player = new Player(place);
    const facts = this.player.facts();
    if (facts.ad) return { ad: true };
    const key = `${place.permalink ?? location.pathname + location.search}#${place.item ?? ''}`;
    const other = key === this.key ? {} : NO_VIDEO;
    this.key = key;
    const known = { ...state, ...other };
    // Until the player knows the length of its video, the site's own figure is used.
    const seconds = facts.duration >= MIN_DURATION_S ? facts.duration : (known.video?.duration_s ?? 0);
    const duration = toMillis(seconds);
    const measured =
      Math.abs(duration - known.duration) > DURATION_TOLERANCE_S
        ? { duration, range: this.marks.get(key) ?? lastSeconds(facts.time, duration) }
        : {};
    return { ad: false, ...other, ...measured, title: withoutEnd(facts.title, place.titleEnd ?? ''), live: facts.live };
  }

  /** Remember `range` as the one that is marked on this video. */
  keep(range: Range): void {
    this.marks.set(this.key, range);
  }

  /** Set one edge to the time on screen. The first mark on a video extends to the edge that is not marked yet. */
  mark(edge: Edge, duration: number): Range {
    const now = this.player?.now() ?? 0;
    const marked = this.marks.get(this.key);
    const first = edge === 'start' ? { start: now, end: duration } : { start: 0, end: now };
    const range = marked ? markEdge(marked, edge, now, duration) : setEdge(first, edge, now, duration);
    this.keep(range);
    return range;
  }

  /** Lend the user's session on this site to the requests for this video. */
  lendSession(): void {
    this.lentTo = this.key;
  }

  /** The part of a request that names the video. */
  ref(): VideoRef {
    const { permalink, item } = this.player?.place ?? {};
    return { permalink, item, session: this.lentTo === this.key };
  }

  /** Whether `url`, the address of a job, names the video that the page shows now. */
  isAt(url: string): boolean {
    const { permalink = location.href } = this.player?.place ?? {};
    const target = findTarget(location.href) ?? findTarget(permalink);
    return (target?.url ?? location.href) === url;
  }
}

function withoutEnd(title: string, end: string): string {
  return title.endsWith(end) ? title.slice(0, title.length - end.length) : title;
}
