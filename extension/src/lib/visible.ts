/** The area of an element that lies inside the window, in CSS pixels squared. */
export function visibleArea(element: Element): number {
  const box = element.getBoundingClientRect();
  const width = Math.min(box.right, window.innerWidth) - Math.max(box.left, 0);
  const height = Math.min(box.bottom, window.innerHeight) - Math.max(box.top, 0);
  return width > 0 && height > 0 ? width * height : 0;
}

/**
 * The element with the largest visible area, at least half of it visible. Between two within 5 %
 * a playing video wins.
 *
 * @param smallest ignore what is narrower or lower than this, in CSS pixels
 */
export function largestVisible<E extends Element>(elements: Iterable<E>, smallest = 1): E | null {
  let best: E | null = null;
  let bestArea = 0;
  for (const element of elements) {
    const { width, height } = element.getBoundingClientRect();
    if (width < smallest || height < smallest) continue;
    const area = visibleArea(element);
    if (area * 2 < width * height) continue;
    const close = best !== null && Math.abs(area - bestArea) <= 0.05 * bestArea;
    if (close ? isPlaying(element) && !isPlaying(best) : area > bestArea) {
      best = element;
      bestArea = area;
    }
  }
  return best;
}

/** The element with the largest visible area, however small a part of it that is. */
export function mostVisible<E extends Element>(elements: Iterable<E>, smallest = 1): E | null {
  let best: E | null = null;
  let bestArea = 0;
  for (const element of elements) {
    const { width, height } = element.getBoundingClientRect();
    if (width < smallest || height < smallest) continue;
    const area = visibleArea(element);
    if (area <= bestArea) continue;
    best = element;
    bestArea = area;
  }
  return best;
}

/** The first element that takes up any room: pages keep hidden copies. */
export function firstVisible<E extends Element>(elements: Iterable<E>): E | null {
  for (const element of elements) {
    const { width, height } = element.getBoundingClientRect();
    if (width > 0 && height > 0) return element;
  }
  return null;
}

function isPlaying(element: Element | null): boolean {
  return element instanceof HTMLVideoElement && !element.paused;
}
