import type messages from '../../public/_locales/en/messages.json';

/** Key of a message in `_locales/<language>/messages.json`, the browsers' own format. */
export type MessageKey = keyof typeof messages;

type Lookup = (key: MessageKey, values: string[]) => string;

let lookup: Lookup | undefined;

/** Set the function that looks messages up: `browser.i18n.getMessage` in the extension, a bundled file in the dashboard. */
export function setMessageSource(source: Lookup): void {
  lookup = source;
}

/** The text for `key`, with `values` for `$1`, `$2` … */
export function t(key: MessageKey, ...values: (string | number)[]): string {
  return lookup?.(key, values.map(String)) ?? key;
}

/** The text for a key that is made at run time; `undefined`: there is none. */
export function lookUp(key: string): string | undefined {
  const text = lookup?.(key as MessageKey, []);
  return text === '' ? undefined : text;
}
