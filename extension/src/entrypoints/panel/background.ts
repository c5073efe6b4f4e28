import { browser } from 'wxt/browser';
import type { PageResults, PageRequest, Reply } from '../../messaging/page-messages';
import { ClipferryError } from '../../protocol/client';
import { localFailure } from '../../protocol/errors';

/** @throws ClipferryError an error of the background or of the companion */
export async function request<A extends PageRequest>(message: A): Promise<PageResults[A['type']]> {
  let reply: Reply<PageResults[A['type']]> | undefined;
  try {
    reply = await browser.runtime.sendMessage(message);
  } catch {
    // The extension was reloaded: this script belongs to the instance before.
    throw localFailure('companion_outdated');
  }
  if (!reply) throw localFailure('internal');
  if (!reply.ok) throw new ClipferryError(reply.error);
  return reply.value;
}
