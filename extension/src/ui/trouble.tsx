import type { ComponentChildren, JSX } from 'preact';
import { needsInstall } from '../protocol/errors';
import type { ErrorInfo } from '../protocol/generated';
import { CopyCommand } from './copy-command';
import { Icon } from './icons';

/** What happened, what to do, and (as children) the button that does it. */
export function Trouble({ error, children }: { error: ErrorInfo; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="trouble" role="alert" data-hook="trouble" data-code={error.code}>
      <Icon name="warning" />
      <div>
        <strong>{error.message}</strong>
        <p>{withCode(error.hint)}</p>
        {needsInstall(error) && <CopyCommand />}
        {children}
      </div>
    </div>
  );
}

/** `commands` in a sentence stand out, so that it is clear what to type. */
function withCode(text: string): ComponentChildren {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
