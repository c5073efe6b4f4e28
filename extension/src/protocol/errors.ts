import { t } from '../ui/text';
import { ClipferryError } from './client';
import type { ErrorInfo } from './generated';

/** What can go wrong before the companion has its say. The companion's own errors come with their words. */
export type LocalCode =
  | 'companion_missing'
  | 'companion_forbidden'
  | 'companion_stopped'
  | 'companion_garbled'
  | 'companion_timeout'
  | 'companion_outdated'
  | 'too_large'
  | 'no_video'
  | 'internal';

export function localError(code: LocalCode): ErrorInfo {
  return { code, message: t(`error_${code}`), hint: t(`hint_${code}`) };
}

export function localFailure(code: LocalCode): ClipferryError {
  return new ClipferryError(localError(code));
}

/** Of whatever was thrown. */
export function toErrorInfo(error: unknown): ErrorInfo {
  if (error instanceof ClipferryError) return error.info;
  console.error(error);
  return localError('internal');
}

/**
 * What a browser says when a native port closes, as one of our codes. The texts are Chromium's and Firefox's own and not
 * documented; Firefox says nothing at all in some cases, and the same for "not there" and "not allowed".
 */
export function portFailure(text: string | undefined): LocalCode {
  if (text === undefined || text === '') return 'companion_stopped';
  if (/host not found|no such native application/i.test(text)) return 'companion_missing';
  if (/is forbidden/i.test(text)) return 'companion_forbidden';
  if (/error when communicating|exceeds the limit/i.test(text)) return 'companion_garbled';
  return 'companion_stopped';
}

/** The companion is not there at all, so the way to install it is what helps. */
export function needsInstall(info: ErrorInfo): boolean {
  return info.code === 'companion_missing' || info.code === 'companion_forbidden';
}

const SESSION_HELPS = new Set(['login_required', 'private_video', 'age_restricted', 'members_only']);

/** The site wants to know who asks: the person's own session there may help. */
export function sessionHelps(info: ErrorInfo): boolean {
  return SESSION_HELPS.has(info.code);
}
