import { browser, type Browser } from 'wxt/browser';
import type { PageMethod, Params } from '../../protocol/client';
import { isRecord } from '../../protocol/client';
import { localFailure, toErrorInfo } from '../../protocol/errors';
import { OWN_PAGE, type Reply, type RetryAsk } from '../../messaging/page-messages';
import type { Companionship } from './companionship';
import { lendSession, mayLendSession, sessionUrl } from '../../browser/session-cookies';

/** What our own pages may ask of the companion. They cannot be reached by web pages. */
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

export function serveOwnPages(companionship: Companionship): void {
  browser.runtime.onConnect.addListener((port) => {
    if (port.name !== OWN_PAGE || !isOwnPage(port.sender)) return;
    const stop = companionship.watch((snapshot) => {
      port.postMessage({ snapshot });
    });
    void companionship.refresh();
    companionship.book.seen();
    port.onMessage.addListener((message: unknown) => {
      if (isRecord(message) && message['look'] === true) void companionship.refresh();
      if (!isRecord(message) || typeof message['id'] !== 'number') return;
      const { id, method, params } = message;
      if (!ALLOWED.has(method as PageMethod)) return;
      companionship.call(method as PageMethod, params as Params<PageMethod>).then(
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
    if (!isOwnPage(sender) || !isRecord(message) || message['ask'] !== 'retry-with-session') return false;
    retryWithSession(companionship, message as unknown as RetryAsk).then(
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

/** Gives whether the job runs again; `false`: the person is being asked first, in a window that goes on with it. */
async function retryWithSession(companionship: Companionship, { file_id, tabId }: RetryAsk): Promise<boolean> {
  await companionship.book.ready();
  const job = companionship.book.get(file_id);
  if (!job) throw localFailure('no_session');
  const url = sessionUrl(job);
  if (!(await mayLendSession({ tabId, fileId: file_id }, url))) return false;
  await companionship.call('job.retry', { file_id, cookies: await lendSession(tabId, url) });
  return true;
}
