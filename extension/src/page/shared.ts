import type { Place } from '../sites/types';
import type { PanelCommand } from '../messaging/page-messages';

/** The button's appearance. `fraction` is a job's progress, 0 … 1. */
export type ButtonState = { look: 'idle' | 'recording' | 'done' | 'failed' } | { look: 'busy'; fraction: number };

/**
 * State that the content scripts of one frame share, in an isolated world that the page cannot reach. The boot script runs
 * on every page of a known site, the panel script from its first use on.
 */
export interface Shared {
  place?: () => Place | null;
  setButton?: (state: ButtonState) => void;
  panel?: (command: PanelCommand) => void;
}

declare global {
  // `var` is what makes a property of globalThis.
  var clipferry: Shared | undefined;
}

export function shared(): Shared {
  return (globalThis.clipferry ??= {});
}
