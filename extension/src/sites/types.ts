/** A video as an address names it. */
export interface Target {
  /** The address that is sent to the companion: canonical, without tracking parameters. */
  url: string;
  /** 1-based place in a post with several videos. */
  item?: number;
}

/** The pure half of a site: which addresses are videos. */
export type Matcher = (url: URL) => Target | null;

/** Where on the page things go. All of it may be gone a moment later: ask again, keep nothing. */
export interface Place {
  /** The button becomes this element's first child; `null`: it floats over `frame`. */
  slot: Element | null;
  /** How the button looks: among player controls, in a column of actions, or on the picture. */
  look: 'control' | 'rail' | 'float';
  /** The player's box: the panel is laid into it, or over it where `overlay`. */
  frame: HTMLElement;
  /** The page rebuilds `frame` at will, so nothing of ours goes inside. */
  overlay: boolean;
  video: HTMLVideoElement;
  /** The player's progress bar, on which the selection is drawn too. */
  progress: HTMLElement | null;
  /** The video's address where the page's own address does not name it (a post in a feed). */
  permalink?: string;
  /** What the site puts behind the title of each of its pages. */
  titleEnd?: string;
  item?: number;
}

/** The other half: finds its way in the site's pages. Selectors stand in the site's `page.ts`, with the day they were checked. */
export interface SitePage {
  name: string;
  hosts: readonly string[];
  match: Matcher;
  place: (document: Document) => Place | null;
  /** Events of `document` after which the page has to be looked at again. */
  events: readonly string[];
}
