/** Waits between attempts, ms; the last one repeats. */
const WAITS_MS = [1_000, 2_000, 3_000, 5_000] as const;

/**
 * Call `attempt` repeatedly while this page is visible: with growing delays, and at once when it becomes visible or focused
 * again. Nothing runs in a hidden page.
 *
 * @returns a function that ends it
 */
export function retryWhileVisible(attempt: () => void): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempts = 0;
  const later = () => {
    clearTimeout(timer);
    if (signal.aborted || document.hidden) return;
    timer = setTimeout(now, WAITS_MS[Math.min(attempts++, WAITS_MS.length - 1)]);
  };
  const now = () => {
    attempt();
    later();
  };
  const back = () => {
    attempts = 0;
    if (document.hidden) clearTimeout(timer);
    else now();
  };
  document.addEventListener('visibilitychange', back, { signal });
  window.addEventListener('focus', back, { signal });
  later();
  return () => {
    ending.abort();
    clearTimeout(timer);
  };
}
