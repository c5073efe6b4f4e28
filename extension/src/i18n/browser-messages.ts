import { browser } from 'wxt/browser';
import { setMessageSource } from './text';

/** Look messages up in the browser: in the extension's scripts and pages. */
export function useBrowserMessages(): void {
  // WXT types the keys by the message file of its last `prepare` or build, which may be older than the file; `MessageKey` is of the file.
  const { i18n } = browser as unknown as { i18n: { getMessage: (key: string, values: string[]) => string } };
  setMessageSource((key, values) => i18n.getMessage(key, values));
}
