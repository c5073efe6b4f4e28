import { useEffect, useState } from 'preact/hooks';
import { browser } from 'wxt/browser';
import type { Snapshot } from '../messaging/snapshot';
import { OWN_PAGE, type Reply, type RetryRequest } from '../messaging/page-messages';
import { retryWhileVisible } from '../lib/retry';
import { Client, ClipferryError, isRecord } from '../protocol/client';
import { localError } from '../protocol/errors';
import { useBrowserMessages } from '../i18n/browser-messages';

/** Set up a page of the extension: message source, language and text direction. */
export function initOwnPage(): void {
  useBrowserMessages();
  document.documentElement.lang = browser.i18n.getUILanguage();
  document.documentElement.dir = browser.i18n.getMessage('@@bidi_dir');
}

/** Connection of an extension page to the background: snapshots in, requests out. Reconnects when the background restarts. */
export class Background {
  private client: Client | undefined;
  private port: ReturnType<typeof browser.runtime.connect> | undefined;

  constructor(private readonly onSnapshot: (snapshot: Snapshot) => void) {
    this.connect();
  }

  call: Client['call'] = (method, params) => {
    const client = this.client ?? this.connect();
    return client.call(method, params);
  };

  /** Refresh the companion's state now. */
  look(): void {
    this.port?.postMessage({ look: true });
  }

  close(): void {
    this.port?.disconnect();
    this.port = undefined;
  }

  private connect(): Client {
    const port = browser.runtime.connect({ name: OWN_PAGE });
    const wording = { timeout: () => localError('companion_timeout'), tooLarge: () => localError('too_large') };
    const client = new Client(
      (message) => {
        port.postMessage(message);
      },
      () => undefined,
      wording,
    );
    port.onMessage.addListener((message: unknown) => {
      if (isRecord(message) && isRecord(message['snapshot']))
        this.onSnapshot(message['snapshot'] as unknown as Snapshot);
      else client.receive(message);
    });
    port.onDisconnect.addListener(() => {
      client.fail(localError('companion_stopped'));
      if (this.port === port) this.connect();
    });
    this.port = port;
    this.client = client;
    return client;
  }
}

/** The background's state as it changes. */
export function useBackground(): { snapshot: Snapshot; background: Background | null } {
  const [snapshot, setSnapshot] = useState<Snapshot>({ companion: { state: 'unknown' }, jobs: [], paused: false });
  const [background, setBackground] = useState<Background | null>(null);
  useEffect(() => {
    const made = new Background(setSnapshot);
    setBackground(made);
    return () => {
      made.close();
    };
  }, []);
  const away = snapshot.companion.state === 'trouble';
  useEffect(() => (away && background ? retryWhileVisible(() => background.look()) : undefined), [away, background]);
  return { snapshot, background };
}

/**
 * Run a job again with the session that the window of the tab `tabId` has on its site. `false`: a consent window opened.
 *
 * @throws ClipferryError there is no such session, or the companion's own error
 */
export async function retryWithSession(fileId: string, tabId: number): Promise<boolean> {
  const message: RetryRequest = { type: 'retry-with-session', file_id: fileId, tabId };
  const reply: Reply<boolean> = await browser.runtime.sendMessage(message);
  if (!reply.ok) throw new ClipferryError(reply.error);
  return reply.value;
}
