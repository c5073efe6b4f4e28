import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Icon } from './icons';
import { t } from './text';

/** The one command that installs the companion, or tells it about this browser. */
export function CopyCommand(): JSX.Element {
  const [copied, setCopied] = useState(false);
  const command = t('install_command');
  const copy = () => {
    navigator.clipboard.writeText(command).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <div class="command">
      <code dir="ltr" data-hook="install-command">
        {command}
      </code>
      <button type="button" class="quiet" data-hook="copy-command" onClick={copy}>
        <Icon name={copied ? 'tick' : 'copy'} />
        {t(copied ? 'copied' : 'copy')}
      </button>
    </div>
  );
}
