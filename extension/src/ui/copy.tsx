import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Icon } from './icons';
import { t, type MessageKey } from '../i18n/text';

interface CopyButtonProps {
  text: string;
  hook: string;
  label?: MessageKey;
}

/** Copies `text`, and shows that it did. */
export function CopyButton({ text, hook, label = 'copy' }: CopyButtonProps): JSX.Element {
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      class="quiet"
      data-hook={hook}
      onClick={(event) => void copyText(text, event.currentTarget).then(setCopied)}
    >
      <Icon name={copied ? 'tick' : 'copy'} />
      {t(copied ? 'copied' : label)}
    </button>
  );
}

/** A command for a terminal, with a button that copies it. */
export function CopyCommand({ command }: { command: string }): JSX.Element {
  return (
    <div class="command">
      <code dir="ltr" data-hook="install-command">
        {command}
      </code>
      <CopyButton text={command} hook="copy-command" />
    </div>
  );
}

/**
 * Copy `text` to the clipboard; returns whether that worked. Pages over HTTP have no `navigator.clipboard`, and frames may be
 * denied it: there a field beside the pressed button is copied, which the permission `clipboardWrite` allows.
 */
async function copyText(text: string, beside: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.style.position = 'fixed';
    field.style.opacity = '0';
    beside.after(field);
    field.select();
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the one way left where there is no navigator.clipboard
    const copied = document.execCommand('copy');
    field.remove();
    beside.focus();
    return copied;
  }
}
