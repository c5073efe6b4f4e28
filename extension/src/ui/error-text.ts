import { lookUp, t } from '../i18n/text';
import type { ErrorInfo } from '../protocol/generated';
import { formatBytes } from './format-bytes';

/** What happened, and what to do next. */
export interface ErrorText {
  message: string;
  hint: string;
}

/**
 * The text of an error in the user's language: by its code and reason, with its params put in. An error that this version
 * has no text for keeps the daemon's English one; so do the extension's own errors, which are translated already, and
 * those of an older daemon: neither has a reason.
 */
export function errorText({ code, reason, params, message, hint, advice }: ErrorInfo): ErrorText {
  if (reason === undefined) return { message, hint };
  const name = reason === '' ? code : `${code}__${reason}`;
  const sentence = lookUp(`failed_${name}`);
  if (sentence === undefined) return { message, hint };
  const own = lookUp(`todo_${name}`) ?? lookUp(`todo_${code}`) ?? hint;
  return { message: fill(sentence, params), hint: withAdvice(fill(own, params), advice, hint) };
}

function withAdvice(own: string, advice: string | undefined, hint: string): string {
  if (advice === undefined || advice === '') return own;
  return advice === 'continues' ? `${own} ${t('advice_continues')}` : (lookUp(`advice_${advice}`) ?? hint);
}

function fill(text: string, params: ErrorInfo['params']): string {
  return text.replace(/\{([a-z]\w*)\}/g, (_, name: string) => {
    const value = params?.[name] ?? '…';
    return typeof value === 'number' && name.endsWith('_bytes') ? formatBytes(value) : String(value);
  });
}
