/** A video as an address names it. */
export interface Target {
  /** The address that is sent to the companion: canonical, without tracking parameters. */
  url: string;
  /** 1-based place in a post with several videos. */
  item?: number;
}

/** Pure: maps an address of a site to the video that it names. */
export type Matcher = (url: URL) => Target | null;

/** Positions on the page. Elements may vanish at any time: query again, keep nothing. */
export interface Place {
  /** The button becomes this element's first child; `null`: it floats over `frame`. */
  slot: Element | null;
  /** The button's style: among player controls, in a column of actions, or over the video. */
  look: 'control' | 'rail' | 'float';
  /** The player's box: the panel is laid into it, or over it where `overlay`. */
  frame: HTMLElement;
  /** The page rebuilds `frame` at any time: insert nothing into it. */
  overlay: boolean;
  video: HTMLVideoElement;
  /** The player's progress bar, on which the selection is drawn too. */
  progress: HTMLElement | null;
  /** The video's address where the page's own address does not name it (a post in a feed). */
  permalink?: string;
  /** The suffix of the site's page titles. */
  titleEnd?: string;
  item?: number;
}

/** A site's pages: where player and button are. The selectors are in its `page.ts`, with the day of their last check. */
export interface SitePage {
  name: string;
  hosts: readonly string[];
  match: Matcher;
  place: (document: Document) => Place | null;
  /** Events of `document` after which the positions have to be read again. */
  events: readonly string[];
}
