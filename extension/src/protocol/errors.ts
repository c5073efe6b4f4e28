import { t, type MessageKey } from '../i18n/text';
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
  | 'no_session'
  | 'no_undo'
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

/** The command that brings the companion, or makes it known to this browser; `null`: neither would help. */
export function installCommand(info: ErrorInfo): MessageKey | null {
  if (info.code === 'companion_missing') return 'install_command';
  return info.code === 'companion_forbidden' ? 'setup_command' : null;
}

const COMPANION_AWAY = new Set(['companion_missing', 'companion_forbidden', 'companion_stopped', 'companion_timeout']);

/** The companion cannot be reached now: it may be at any later time, without anything being done on this page. */
export function companionAway(info: ErrorInfo): boolean {
  return COMPANION_AWAY.has(info.code);
}

/** The companion has tried the session, or the browser had none to try. */
const SESSION_REFUSED = ['session_expired', 'no_session'];

const SESSION_HELPS = new Set([
  ...SESSION_REFUSED,
  'login_required',
  'private_video',
  'age_restricted',
  'members_only',
  'session_needed',
]);

/** The site wants to know who asks: the person's own session there may help. */
export function sessionHelps(info: ErrorInfo): boolean {
  return SESSION_HELPS.has(info.code);
}

/** A session was lent, and did not help. */
export function sessionRefused(info: ErrorInfo): boolean {
  return SESSION_REFUSED.includes(info.code);
}
