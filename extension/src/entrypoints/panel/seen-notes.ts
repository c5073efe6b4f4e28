import type { Note } from '../../ui/toast';

/** Reports, once each, the visible notes on how a job ended: no desktop notification is needed for them. */
export class SeenNotes {
  private readonly reported = new Set<string>();

  constructor(private readonly report: (fileId: string) => void) {}

  /** Called whenever `notes` were drawn. `inSight`: they lie within a page that is shown. */
  look(notes: readonly Note[], inSight: boolean): void {
    for (const note of notes) {
      if (this.reported.has(note.id)) continue;
      this.reported.add(note.id);
      if (inSight && note.kind !== 'said' && note.job) this.report(note.job.file_id);
    }
  }
}
