import type { Note } from '../../ui/toast';

/** How long a note is shown, ms. A failure is shown until it is closed. */
const NOTE_MS = 9_000;
/** Notes shown at once. */
const MAX_NOTES = 3;

/** A note before it has its id. */
export type NewNote = Note extends infer N ? (N extends Note ? Omit<N, 'id'> : never) : never;

/** The notes over the player: adds them, and removes them after a while. */
export class Notes {
  private list: readonly Note[] = [];
  private held = false;
  private count = 0;

  constructor(private readonly onChange: (notes: readonly Note[]) => void) {}

  /** Add a note. A plain message replaces the one before it. */
  add(note: NewNote): void {
    const id = `note-${this.count++}`;
    const replaced = (other: Note) => note.kind === 'said' && other.kind === 'said';
    this.set([...this.list.filter((other) => !replaced(other)).slice(1 - MAX_NOTES), { ...note, id }]);
    if (note.kind !== 'failed') this.removeLater(id);
  }

  remove(id: string): void {
    this.set(this.list.filter((note) => note.id !== id));
  }

  /** Keep all notes while `held`: the pointer or the focus is on one. */
  hold(held: boolean): void {
    this.held = held;
  }

  private removeLater(id: string): void {
    setTimeout(() => {
      if (this.held) this.removeLater(id);
      else this.remove(id);
    }, NOTE_MS);
  }

  private set(notes: readonly Note[]): void {
    this.list = notes;
    this.onChange(notes);
  }
}
