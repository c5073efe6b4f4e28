import type messages from '../../public/_locales/en/messages.json';

/** Every text that a person reads stands in `_locales/<language>/messages.json`, in the browsers' own format. */
export type MessageKey = keyof typeof messages;

type Lookup = (key: MessageKey, values: string[]) => string;

let lookup: Lookup | undefined;

/** Where texts come from. In the extension: `browser.i18n.getMessage`. The dashboard brings its own. */
export function useTexts(source: Lookup): void {
  lookup = source;
}

/** The text for `key`, with `values` for `$1`, `$2` … */
export function t(key: MessageKey, ...values: (string | number)[]): string {
  return lookup?.(key, values.map(String)) ?? key;
}
