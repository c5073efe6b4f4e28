import { visibleArea } from '../../lib/visible';
import type { Place } from '../../sites/types';
import panelCss from '../../ui/panel.css?inline';
import themeCss from '../../ui/theme.css?inline';

/** Where the panel does not fit into the player it lies at the bottom of the window. CSS pixels. */
const SMALLEST = { width: 300, height: 230 };
/** Below this height the panel's buttons are one line, CSS pixels. */
const LOW = 220;
/** Room between the panel and the player's own controls, CSS pixels. */
const GAP = 10;
/** How high a browser's own controls are. CSS pixels. */
const BROWSER_CONTROLS = 56;
/** Events that must not reach the page's own handlers: "k" would pause, "f" enter full screen. */
const KEPT_INSIDE = [
  'keydown',
  'keyup',
  'keypress',
  'click',
  'dblclick',
  'mousedown',
  'mouseup',
  'pointerdown',
  'pointerup',
  'touchstart',
  'touchend',
  'contextmenu',
  'wheel',
  'input',
  'change',
  'paste',
  'copy',
  'cut',
] as const;

/** A closed shadow root in the page's document: isolated from its styles and not accessible to its scripts. */
export class Mount {
  /** The render root, beside the style element, which the renderer would remove. */
  readonly root = document.createElement('div');
  private readonly host: HTMLElement;
  private place: Place | 'window' | null = null;
  private readonly follow = () => {
    this.position();
  };

  constructor(name: string) {
    this.host = document.createElement(name);
    const shadow = this.host.attachShadow({ mode: 'closed' });
    dress(shadow, themeCss + panelCss);
    this.root.style.display = 'contents';
    shadow.append(this.root);
    for (const type of KEPT_INSIDE) {
      this.host.addEventListener(type, (event) => {
        event.stopPropagation();
      });
    }
  }

  /** Insert into the page, or remove. */
  show(place: Place | 'window' | null): void {
    this.place = place;
    if (place === null) {
      this.host.remove();
      window.removeEventListener('resize', this.follow);
      document.removeEventListener('scroll', this.follow, { capture: true });
      document.removeEventListener('fullscreenchange', this.follow);
      return;
    }
    window.addEventListener('resize', this.follow);
    document.addEventListener('scroll', this.follow, { capture: true, passive: true });
    document.addEventListener('fullscreenchange', this.follow);
    this.position();
  }

  /** Whether it is visible: not in a hidden tab, and not in a player that is scrolled away. */
  get inSight(): boolean {
    return document.visibilityState === 'visible' && visibleArea(this.host) > 0;
  }

  private position(): void {
    const { place, host } = this;
    if (place === null) return;
    const inside = place !== 'window' && !place.overlay && fits(place.frame);
    const parent = inside ? place.frame : (document.fullscreenElement ?? document.body);
    if (host.parentElement !== parent) parent.append(host);
    host.dir = document.documentElement.dir === 'rtl' ? 'rtl' : 'ltr';
    host.dataset['where'] = inside ? 'player' : 'window';
    if (inside) {
      lay(host, {
        position: 'absolute',
        left: '12px',
        right: '12px',
        bottom: `${controlsHeight(place.frame) + GAP}px`,
      });
      this.room(place.frame.clientHeight - controlsHeight(place.frame) - 2 * GAP);
      return;
    }
    const box = place === 'window' ? null : place.frame.getBoundingClientRect();
    const width = Math.min(window.innerWidth - 16, Math.max(box?.width ?? 0, 380), 720);
    const left = Math.min(Math.max(8, box?.left ?? 8), window.innerWidth - width - 8);
    lay(host, { position: 'fixed', left: `${left}px`, right: 'auto' });
    host.style.setProperty('width', `${width}px`);
    // Above the video's lower edge, but never so high that a part of the panel is cut off.
    const height = this.root.firstElementChild?.scrollHeight ?? 0;
    const above = window.innerHeight - (box?.bottom ?? window.innerHeight) + GAP;
    const bottom = Math.max(8, Math.min(above, window.innerHeight / 2, window.innerHeight - height - 16));
    host.style.setProperty('bottom', `${bottom}px`);
    this.room(window.innerHeight - bottom - 8);
  }

  /** How high the panel may be, CSS pixels. */
  private room(height: number): void {
    this.host.style.setProperty('--room', `${height}px`);
    this.host.toggleAttribute('data-low', height < LOW);
  }
}

/**
 * A constructed sheet, which no Content-Security-Policy of the page forbids. Firefox 140 keeps content scripts from
 * adopting one ("Accessing from Xray wrapper is not supported", Mozilla bug 1751346; 153 does not): there it is an element.
 */
function dress(root: ShadowRoot, css: string): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const element = document.createElement('style');
    element.textContent = css;
    root.append(element);
  }
}

function lay(host: HTMLElement, css: Record<string, string>): void {
  host.style.removeProperty('width');
  for (const [name, value] of Object.entries(css)) host.style.setProperty(name, value);
}

function fits(frame: HTMLElement): boolean {
  const { left, right } = frame.getBoundingClientRect();
  const wholly = left > -2 && right < window.innerWidth + 2;
  return wholly && frame.clientWidth >= SMALLEST.width && frame.clientHeight - controlsHeight(frame) >= SMALLEST.height;
}

/** The player's own bar at the bottom stays usable. */
function controlsHeight(frame: HTMLElement): number {
  const bar = frame.querySelector<HTMLElement>('.ytp-chrome-bottom, .player-controls');
  if (bar) return Math.max(0, frame.getBoundingClientRect().bottom - bar.getBoundingClientRect().top);
  return frame.querySelector('video')?.controls ? BROWSER_CONTROLS : 0;
}
