import { t, type MessageKey } from '../i18n/text';
import { ClipferryError } from './client';
import type { ErrorInfo } from './generated';

/** Errors that arise without the companion. Its own errors arrive with their sentences. */
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

/** Convert anything that was thrown. */
export function toErrorInfo(error: unknown): ErrorInfo {
  if (error instanceof ClipferryError) return error.info;
  console.error(error);
  return localError('internal');
}

/**
 * Map a browser's text for a closed native port to an error code. The texts are Chromium's and Firefox's own and not
 * documented. Firefox gives none in some cases, and the same one for "not found" and "not allowed".
 */
export function portFailure(text: string | undefined): LocalCode {
  if (text === undefined || text === '') return 'companion_stopped';
  if (/host not found|no such native application/i.test(text)) return 'companion_missing';
  if (/is forbidden/i.test(text)) return 'companion_forbidden';
  if (/error when communicating|exceeds the limit/i.test(text)) return 'companion_garbled';
  return 'companion_stopped';
}

/** The command that installs the companion or registers it with this browser; `null`: neither would help. */
export function installCommand(info: ErrorInfo): MessageKey | null {
  if (info.code === 'companion_missing') return 'install_command';
  return info.code === 'companion_forbidden' ? 'setup_command' : null;
}

const COMPANION_AWAY = new Set(['companion_missing', 'companion_forbidden', 'companion_stopped', 'companion_timeout']);

/** Whether the companion cannot be reached now, but may be later without any action on this page. */
export function companionAway(info: ErrorInfo): boolean {
  return COMPANION_AWAY.has(info.code);
}

/** The lent session was refused, or the browser had none. */
const SESSION_REFUSED = ['session_expired', 'no_session'];

const SESSION_HELPS = new Set([
  ...SESSION_REFUSED,
  'login_required',
  'private_video',
  'age_restricted',
  'members_only',
  'session_needed',
]);

/** Whether the site requires a login: lending the user's session may help. */
export function sessionHelps(info: ErrorInfo): boolean {
  return SESSION_HELPS.has(info.code);
}

/** Whether a lent session was refused. */
export function sessionRefused(info: ErrorInfo): boolean {
  return SESSION_REFUSED.includes(info.code);
}
