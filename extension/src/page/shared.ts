import type { Place } from '../sites/types';
import type { PanelCommand } from '../messaging/page-messages';

/** How the button looks. `fraction` is a job's progress, 0 … 1. */
export type ButtonState = { look: 'idle' | 'recording' | 'done' | 'failed' } | { look: 'busy'; fraction: number };

/**
 * What our scripts of one frame share: they run in one isolated world that the page cannot see. The boot script is always
 * there on the sites that we know; the panel script joins when it is first needed.
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
