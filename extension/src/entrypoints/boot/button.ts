import type { ButtonState } from '../../page/shared';

const SVG = 'http://www.w3.org/2000/svg';
/** Scissors, and the tick and the mark that take their place, in a 24 × 24 box. */
const GLYPHS = {
  scissors:
    'M6 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM6 21a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8.4 7.8 20 19M8.4 16.2 20 5M11.8 11.1l.9.9',
  tick: 'M5 12.5 10 17.5 19.5 7',
  mark: 'M12 6v7.5M12 17.5v.5',
};

export interface ClipButton {
  element: HTMLButtonElement;
  set: (state: ButtonState) => void;
}

/** Create the button. `button.css` has the styles of each state. */
export function makeButton(label: string, onClick: (event: MouseEvent) => void): ClipButton {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = 'clipferry-button';
  element.title = label;
  element.ariaLabel = label;
  const svg = make('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' });
  svg.append(make('circle', { class: 'clipferry-ring', cx: '12', cy: '12', r: '11', pathLength: '1' }));
  for (const [name, d] of Object.entries(GLYPHS)) svg.append(make('path', { class: `clipferry-${name}`, d }));
  element.append(svg);
  element.addEventListener('click', (event) => {
    // The player behind would toggle play and pause.
    event.stopPropagation();
    event.preventDefault();
    if (event.isTrusted) onClick(event);
  });
  for (const type of ['pointerdown', 'mousedown', 'dblclick'] as const) {
    element.addEventListener(type, (event) => {
      event.stopPropagation();
    });
  }
  const set = (state: ButtonState) => {
    element.dataset['clipferry'] = state.look;
    element.style.setProperty('--clipferry-progress', String(state.look === 'busy' ? state.fraction : 0));
  };
  set({ look: 'idle' });
  return { element, set };
}

function make(name: string, attributes: Record<string, string>): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
