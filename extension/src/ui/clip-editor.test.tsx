import { render } from 'preact';
import { act } from 'preact/test-utils';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import messages from '../../public/_locales/en/messages.json';
import type { Range } from '../clip/range';
import type { VideoInfo } from '../protocol/generated';
import { ClipEditor } from './clip-editor';
import { choicesFor } from './format';
import { setMessageSource } from '../i18n/text';

const VIDEO: VideoInfo = {
  key: 'youtube:a',
  site: 'youtube',
  title: 'A',
  webpage_url: 'https://x.test/',
  duration_s: 600,
  qualities: [{ height: 720, fps: 25, codecs: ['h264'], bytes_per_second: 250_000 }],
  chapters: [
    { title: 'One', start_s: 0, end_s: 60 },
    { title: 'Two', start_s: 60, end_s: 600 },
  ],
};

let root: HTMLElement;
let range: Range;
const onRange = vi.fn();
const onDownload = vi.fn();

function draw(): void {
  const choices = choicesFor(VIDEO);
  const choice = choices[0];
  if (!choice) throw new Error('nothing to choose');
  void act(() => {
    render(
      <ClipEditor
        duration={600}
        range={range}
        onRange={(to, edge) => {
          onRange(to, edge);
          range = to;
          draw();
        }}
        video={VIDEO}
        choices={choices}
        choice={choice}
        onChoice={() => undefined}
        onDownload={onDownload}
        player={{ now: () => 42.5, seek: () => undefined }}
      >
        <button type="submit">Go</button>
      </ClipEditor>,
      root,
    );
  });
}

function hook<E extends HTMLElement>(name: string): E {
  const found = root.querySelector<E>(`[data-hook="${name}"]`);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

function key(name: string, init: KeyboardEventInit): void {
  void act(() => {
    hook(name).dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, ...init }));
  });
}

beforeEach(() => {
  setMessageSource((key, values) =>
    messages[key].message.replace(/\$(\d)/g, (_, place: string) => values[Number(place) - 1] ?? ''),
  );
  root = document.createElement('div');
  document.body.replaceChildren(root);
  range = { start: 100, end: 120 };
  onRange.mockReset();
  onDownload.mockReset();
  draw();
});

describe('the clip editor', () => {
  it('says what will be taken', () => {
    expect(hook<HTMLInputElement>('start').value).toBe('1:40.000');
    expect(hook<HTMLInputElement>('end').value).toBe('2:00.000');
    expect(hook('length').textContent).toBe('20.0 s');
    expect(hook('estimate').textContent).toBe('about 5.0 MB');
  });

  it('takes a typed time on Enter, and shows what is none', () => {
    const field = hook<HTMLInputElement>('start');
    const type = (text: string) =>
      void act(() => {
        field.value = text;
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      });
    type('soon');
    key('start', { key: 'Enter' });
    expect(onRange).not.toHaveBeenCalled();
    expect(field.getAttribute('aria-invalid')).toBe('true');
    type('1:45.5');
    key('start', { key: 'Enter' });
    expect(onRange).toHaveBeenCalledWith({ start: 105.5, end: 120 }, 'start');
    expect(field.value).toBe('1:45.500');
  });

  it('starts nothing while a time is none', () => {
    const field = hook<HTMLInputElement>('end');
    const type = (text: string) =>
      void act(() => {
        field.value = text;
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      });
    const go = () => root.querySelector<HTMLButtonElement>('button[type=submit]')?.click();
    type('-3');
    go();
    expect(onDownload).not.toHaveBeenCalled();
    expect(field.validationMessage).toContain('H:MM:SS');
    type('2:05');
    go();
    expect(onDownload).toHaveBeenCalledOnce();
  });

  it("moves an edge by the video's own frames, by seconds, and as far as it goes", () => {
    key('handle-end', { key: 'ArrowRight' });
    expect(range).toEqual({ start: 100, end: 120.04 });
    key('handle-end', { key: 'ArrowLeft', shiftKey: true });
    expect(range).toEqual({ start: 100, end: 119.04 });
    key('handle-start', { key: 'End' });
    expect(range).toEqual({ start: 118.94, end: 119.04 });
    key('handle-start', { key: 'Home' });
    expect(range.start).toBe(0);
  });

  it('tells a screen reader which edge, where it may go and where it is', () => {
    const handle = hook('handle-start');
    expect(handle.getAttribute('role')).toBe('slider');
    expect(handle.getAttribute('aria-label')).toBe('Start');
    expect(handle.getAttribute('aria-valuemax')).toBe('120');
    expect(handle.getAttribute('aria-valuetext')).toBe('1:40.000, clip of 20.0 s');
  });

  it('puts an edge where the player is, at an end of the video, or at a chapter', () => {
    void act(() => {
      hook('start-now').click();
    });
    expect(range).toEqual({ start: 42.5, end: 120 });
    void act(() => {
      hook('to-end').click();
    });
    expect(range).toEqual({ start: 42.5, end: 600 });
    const chapters = hook<HTMLSelectElement>('chapter');
    void act(() => {
      chapters.value = '1';
      chapters.dispatchEvent(new Event('change', { bubbles: true }));
    });
    expect(range).toEqual({ start: 60, end: 600 });
  });

  it('has a name for every control', () => {
    for (const control of root.querySelectorAll('button, input, select, [role=slider]')) {
      const name = control.getAttribute('aria-label') ?? control.closest('label')?.textContent ?? control.textContent;
      expect(name, control.outerHTML).not.toBe('');
    }
  });
});
