import { browser } from 'wxt/browser';
import type { PageAnswers, PageAsk, Reply } from '../../messaging/page-messages';
import { ClipferryError } from '../../protocol/client';
import { localFailure } from '../../protocol/errors';

/** @throws ClipferryError what the background or the companion said */
export async function ask<A extends PageAsk>(question: A): Promise<PageAnswers[A['ask']]> {
  let reply: Reply<PageAnswers[A['ask']]> | undefined;
  try {
    reply = await browser.runtime.sendMessage(question);
  } catch {
    // The extension was reloaded under the page: this script belongs to the old one.
    throw localFailure('companion_outdated');
  }
  if (!reply) throw localFailure('internal');
  if (!reply.ok) throw new ClipferryError(reply.error);
  return reply.value;
}
