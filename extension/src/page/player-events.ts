/** Names of the two events between the isolated scripts and the one in the page's own world. Details are JSON text. */
export const PLAYER_REQUEST = 'clipferry:ask';
export const PLAYER_RESPONSE = 'clipferry:tell';

/** Values of the page's own player. The page can forge them: used for marks and titles, never for addresses. */
export interface PlayerFacts {
  id: string;
  title: string;
  /** Content time in seconds, without ads that are stitched into the stream. */
  time: number;
  duration: number;
  live: boolean;
  ad: boolean;
}

/** Read the page's player. Events are dispatched synchronously: the response is there on return. `null`: no response. */
export function requestPlayerFacts(): PlayerFacts | null {
  let facts: PlayerFacts | null = null;
  const hear = (event: Event) => {
    facts = readFacts((event as CustomEvent<unknown>).detail);
  };
  document.addEventListener(PLAYER_RESPONSE, hear);
  document.dispatchEvent(new CustomEvent(PLAYER_REQUEST));
  document.removeEventListener(PLAYER_RESPONSE, hear);
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
