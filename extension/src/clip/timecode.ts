// Time codes; the same rules as daemon/clipferry/clip/timecode.py.
const CLOCK = /^(?:(?:(\d{1,4}):)?(\d{1,3}):)?(\d{1,7}(?:[.,]\d{1,9})?)$/;
const UNITS =
  /^(?:(\d{1,4}) ?(?:h|hrs?|hours?) ?)?(?:(\d{1,5}) ?(?:m|mins?|minutes?) ?)?(?:(\d{1,7}(?:[.,]\d{1,9})?) ?(?:s|secs?|seconds?)?)?$/;
const MAX_S = 1_000_000;

/** Seconds from `SS(.mmm)`, `M:SS(.mmm)`, `H:MM:SS(.mmm)` or `1h2m3(.mmm)s`; `null` where it is not a time. */
export function parseTime(text: string): number | null {
  const plain = text
    .slice(0, 160)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  const clock = CLOCK.exec(plain);
  const match = clock ?? UNITS.exec(plain);
  if (!match || !plain) return null;
  const [, h, m, s] = match;
  const seconds = Number((s ?? '0').replace(',', '.'));
  if (clock && ((m !== undefined && seconds >= 60) || (h !== undefined && Number(m) >= 60))) return null;
  const total = Number(h ?? 0) * 3600 + Number(m ?? 0) * 60 + seconds;
  return total <= MAX_S ? total : null;
}

/** `83.5` → `1:23.500`; without `millis` whole seconds only. */
export function formatTime(seconds: number, millis = true): string {
  const totalMs = Math.round(Math.max(0, seconds) * 1000);
  const total = Math.floor(totalMs / 1000);
  const pad = (n: number, width = 2) => String(n).padStart(width, '0');
  const h = Math.floor(total / 3600);
  const m = Math.floor(total / 60) % 60;
  const clock = h > 0 ? `${h}:${pad(m)}:${pad(total % 60)}` : `${m}:${pad(total % 60)}`;
  return millis ? `${clock}.${pad(totalMs % 1000, 3)}` : clock;
}
