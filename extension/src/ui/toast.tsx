import type { JSX } from 'preact';
import type { ErrorInfo, Job } from '../protocol/generated';
import { Icon, IconButton } from './icons';
import { t } from '../i18n/text';
import { Trouble } from './trouble';

export type Note =
  | {
      id: string;
      kind: 'done';
      job: Job;
      /** The clip existed before the request. */
      already: boolean;
      /** The clip was created here and can be removed again. */
      undo: boolean;
    }
  | { id: string; kind: 'failed'; error: ErrorInfo; job?: Job; url?: string | undefined }
  | { id: string; kind: 'said'; text: string };

export type NoteAction = 'open' | 'reveal' | 'copy' | 'undo' | 'retry' | 'close';

interface ToastsProps {
  notes: readonly Note[];
  onAction: (action: NoteAction, note: Note) => void;
  /** The pointer or the focus is on a note. */
  onHold: (held: boolean) => void;
}

/** Notes over the player: saved clips and failures, with the actions for each. */
export function Toasts({ notes, onAction, onHold }: ToastsProps): JSX.Element {
  return (
    <div
      class="toasts"
      role="status"
      onPointerEnter={() => onHold(true)}
      onPointerLeave={() => onHold(false)}
      onFocusCapture={() => onHold(true)}
      onBlurCapture={() => onHold(false)}
    >
      {notes.map((note) => (
        <div key={note.id} class={`toast ${note.kind}`} data-hook="toast" data-kind={note.kind}>
          <NoteBody note={note} onAction={onAction} />
          <IconButton icon="close" label={t('close')} hook="toast-close" onClick={() => onAction('close', note)} />
        </div>
      ))}
    </div>
  );
}

function NoteBody({ note, onAction }: { note: Note; onAction: ToastsProps['onAction'] }): JSX.Element {
  const button = (action: NoteAction, label: string) => (
    <button type="button" class="quiet" data-hook={`toast-${action}`} onClick={() => onAction(action, note)}>
      {label}
    </button>
  );
  switch (note.kind) {
    case 'said':
      return <p>{note.text}</p>;
    case 'failed':
      return (
        <Trouble error={note.error} url={note.url ?? note.job?.url}>
          {note.job && <div class="buttons">{button('retry', t('retry'))}</div>}
        </Trouble>
      );
    case 'done':
      return (
        <div class="saved">
          <Icon name="tick" />
          <div>
            <strong>{t(note.already ? 'dashboard_already' : 'saved')}</strong>
            <p class="file" data-hook="toast-file">
              <bdi>{note.job.file_name}</bdi>
            </p>
            <div class="buttons">
              {button('reveal', t('show_in_folder'))}
              {button('open', t('open'))}
              {button('copy', t('copy_file'))}
              {note.undo && button('undo', t('undo'))}
            </div>
          </div>
        </div>
      );
  }
}
