/** The two events between our isolated scripts and the script that runs in the page's own world. Details are JSON text. */
export const ASK = 'clipferry:ask';
export const TELL = 'clipferry:tell';

/** What the page's own player says. The page could forge it: good for marks and titles, never for addresses. */
export interface PlayerFacts {
  id: string;
  title: string;
  /** Content time in seconds, without ads that are stitched into the stream. */
  time: number;
  duration: number;
  live: boolean;
  ad: boolean;
}

/** Ask the page's player. Events are dispatched in step, so the answer is there on return; `null`: nobody answered. */
export function askPlayer(): PlayerFacts | null {
  let facts: PlayerFacts | null = null;
  const hear = (event: Event) => {
    facts = readFacts((event as CustomEvent<unknown>).detail);
  };
  document.addEventListener(TELL, hear);
  document.dispatchEvent(new CustomEvent(ASK));
  document.removeEventListener(TELL, hear);
  return facts;
}

function readFacts(detail: unknown): PlayerFacts | null {
  if (typeof detail !== 'string' || detail.length > 4000) return null;
  let value: unknown;
  try {
    value = JSON.parse(detail);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { id, title, time, duration, live, ad } = value as Record<string, unknown>;
  if (typeof id !== 'string' || typeof title !== 'string') return null;
  if (!isTime(time) || !isTime(duration)) return null;
  return { id, title: title.slice(0, 300), time, duration, live: live === true, ad: ad === true };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
