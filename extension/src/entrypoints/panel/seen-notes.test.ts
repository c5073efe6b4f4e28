import { expect, it, vi } from 'vitest';
import type { Job } from '../../protocol/generated';
import type { Note } from '../../ui/toast';
import { SeenNotes } from './seen-notes';

const JOB = { file_id: 'a', state: 'done' } as Job;
const DONE: Note = { id: 'note-1', kind: 'done', job: JOB, already: false, undo: true };
const ERROR = { code: 'network', message: '', hint: '' };

it('tells once of a note that is in sight, and again of a later one on the same job', () => {
  const tell = vi.fn();
  const seen = new SeenNotes(tell);
  seen.look([DONE], true);
  seen.look([DONE], true);
  expect(tell.mock.calls).toEqual([['a']]);
  seen.look([DONE, { id: 'note-2', kind: 'failed', error: ERROR, job: JOB }], true);
  expect(tell.mock.calls).toEqual([['a'], ['a']]);
});

it('tells nothing of a note that was drawn out of sight, and nothing of other notes', () => {
  const tell = vi.fn();
  const seen = new SeenNotes(tell);
  seen.look([DONE], false);
  seen.look([DONE, { id: 'note-2', kind: 'said', text: 'x' }, { id: 'note-3', kind: 'failed', error: ERROR }], true);
  expect(tell).not.toHaveBeenCalled();
});
