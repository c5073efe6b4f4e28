import { browser } from 'wxt/browser';
import type { PageMethod, Params } from '../../protocol/client';
import { isRecord } from '../../protocol/client';
import { toErrorInfo } from '../../protocol/errors';
import { OWN_PAGE } from '../../lib/asks';
import type { Companionship } from './companionship';

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
    const own = port.sender?.url?.startsWith(browser.runtime.getURL('')) === true;
    if (port.name !== OWN_PAGE || !own) return;
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
}
