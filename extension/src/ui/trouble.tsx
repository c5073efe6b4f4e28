import type { ComponentChildren, JSX } from 'preact';
import { installCommand } from '../protocol/errors';
import type { ErrorInfo } from '../protocol/generated';
import { CopyButton, CopyCommand } from './copy';
import { Icon } from './icons';
import { t } from '../i18n/text';

interface TroubleProps {
  error: ErrorInfo;
  /** The address that was asked for, where there is one: some advice is to take it elsewhere. */
  url?: string | undefined;
  children?: ComponentChildren;
}

/** What happened, what to do, and (as children) the button that does it. */
export function Trouble({ error, url, children }: TroubleProps): JSX.Element {
  const command = installCommand(error);
  return (
    <div class="trouble" role="alert" data-hook="trouble" data-code={error.code}>
      <Icon name="warning" />
      <div>
        <strong>{error.message}</strong>
        <p>{withCode(error.hint)}</p>
        {command !== null && <CopyCommand command={t(command)} />}
        {error.code === 'blocked_address' && url !== undefined && (
          <CopyButton text={url} hook="copy-address" label="copy_link" />
        )}
        {children}
      </div>
    </div>
  );
}

/** `commands` in a sentence stand out, so that it is clear what to type. */
function withCode(text: string): ComponentChildren {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
