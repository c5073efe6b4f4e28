import type { Note } from '../../ui/toast';

/** Tells once of each note on how a job ended that is in sight: what the person sees here the desktop need not tell them. */
export class SeenNotes {
  private readonly told = new Set<string>();

  constructor(private readonly tell: (fileId: string) => void) {}

  /** Called whenever `notes` were drawn. `inSight`: they lie within a page that is shown. */
  look(notes: readonly Note[], inSight: boolean): void {
    for (const note of notes) {
      if (this.told.has(note.id)) continue;
      this.told.add(note.id);
      if (inSight && note.kind !== 'said' && note.job) this.tell(note.job.file_id);
    }
  }
}
