import type { ComponentChildren, JSX } from 'preact';
import { installCommand } from '../protocol/errors';
import type { ErrorInfo } from '../protocol/generated';
import { CopyButton, CopyCommand } from './copy';
import { errorText } from './error-text';
import { Icon } from './icons';
import { t } from '../i18n/text';

interface TroubleProps {
  error: ErrorInfo;
  /** The address of the request, where there is one: some hints are to use it elsewhere. */
  url?: string | undefined;
  children?: ComponentChildren;
}

/** An error: message, hint, and (as children) the button that helps. */
export function Trouble({ error, url, children }: TroubleProps): JSX.Element {
  const command = installCommand(error);
  const { message, hint } = errorText(error);
  return (
    <div class="trouble" role="alert" data-hook="trouble" data-code={error.code}>
      <Icon name="warning" />
      <div>
        <strong>{message}</strong>
        <p>{withCode(hint)}</p>
        {command !== null && <CopyCommand command={t(command)} />}
        {error.code === 'blocked_address' && url !== undefined && (
          <CopyButton text={url} hook="copy-address" label="copy_link" />
        )}
        {children}
      </div>
    </div>
  );
}

/** Mark up `commands` within a sentence. */
function withCode(text: string): ComponentChildren {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
