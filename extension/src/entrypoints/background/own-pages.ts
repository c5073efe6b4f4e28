import { browser, type Browser } from 'wxt/browser';
import type { PageMethod, Params } from '../../protocol/client';
import { isRecord } from '../../protocol/client';
import { localFailure, toErrorInfo } from '../../protocol/errors';
import { OWN_PAGE, type Reply, type RetryRequest } from '../../messaging/page-messages';
import { readRetryRequest } from '../../messaging/page-schemas';
import type { CompanionClient } from './companion-client';
import { lendSession, mayLendSession, sessionUrl } from '../../browser/session-cookies';

/** The methods that the extension's own pages may call. Web pages cannot reach them. */
const ALLOWED: ReadonlySet<PageMethod> = new Set<PageMethod>([
  'resolve',
  'clip.create',
  'job.cancel',
  'job.finish',
  'job.pause',
  'job.resume',
  'job.retry',
  'job.remove',
  'job.open',
  'job.copy',
  'job.seen',
  'dashboard.open',
]);

export function serveOwnPages(companion: CompanionClient): void {
  browser.runtime.onConnect.addListener((port) => {
    if (port.name !== OWN_PAGE || !isOwnPage(port.sender)) return;
    const stop = companion.watch((snapshot) => {
      port.postMessage({ snapshot });
    });
    void companion.refresh();
    companion.jobs.seen();
    port.onMessage.addListener((message: unknown) => {
      if (isRecord(message) && message['look'] === true) void companion.refresh();
      if (!isRecord(message) || typeof message['id'] !== 'number') return;
      const { id, method, params } = message;
      if (!ALLOWED.has(method as PageMethod)) return;
      companion.call(method as PageMethod, params as Params<PageMethod>).then(
        (result) => {
          port.postMessage({ id, result });
        },
        (error: unknown) => {
          port.postMessage({ id, error: toErrorInfo(error) });
        },
      );
    });
    port.onDisconnect.addListener(() => {
      stop();
    });
  });
  browser.runtime.onMessage.addListener((message: unknown, sender, sendResponse: (reply: Reply<boolean>) => void) => {
    const request = isOwnPage(sender) ? readRetryRequest(message) : null;
    if (!request) return false;
    retryWithSession(companion, request).then(
      (value) => {
        sendResponse({ ok: true, value });
      },
      (error: unknown) => {
        sendResponse({ ok: false, error: toErrorInfo(error) });
      },
    );
    return true;
  });
}

function isOwnPage(sender: Browser.runtime.MessageSender | undefined): boolean {
  return sender?.url?.startsWith(browser.runtime.getURL('')) === true;
}

/** Returns whether the job runs again; `false`: the consent window opened, which continues with it. */
async function retryWithSession(companion: CompanionClient, { file_id, tabId }: RetryRequest): Promise<boolean> {
  await companion.jobs.ready();
  const job = companion.jobs.get(file_id);
  if (!job) throw localFailure('no_session');
  const url = sessionUrl(job);
  if (!(await mayLendSession({ tabId, fileId: file_id }, url))) return false;
  await companion.call('job.retry', { file_id, cookies: await lendSession(tabId, url) });
  return true;
}
