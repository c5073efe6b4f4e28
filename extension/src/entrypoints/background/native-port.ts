import { browser, type Browser } from 'wxt/browser';
import type { Companion } from '../../messaging/snapshot';
import {
  Client,
  isErrorInfo,
  isRecord,
  type Method,
  type Params,
  type ProtocolEvent,
  type Result,
} from '../../protocol/client';
import { localError, localFailure, portFailure } from '../../protocol/errors';
import { PROTOCOL_VERSION, type ErrorInfo, type HelloResult } from '../../protocol/generated';

declare const __HOST_NAME__: string;

/** An open port keeps the service worker alive: idle time after which it is closed, ms. */
const IDLE_MS = 20_000;
/** Delays of the reconnects while the port is needed, ms. A service worker without a port lives for 30 s. */
const RETRY_MS = [500, 2_000, 6_000, 15_000];

interface Link {
  port: Browser.runtime.Port;
  client: Client;
  hello: Promise<HelloResult>;
}

export interface PortEvents {
  onEvent: (event: ProtocolEvent) => void;
  onCompanion: (companion: Companion) => void;
  /** Whether events are still needed (a running job, an open popup). */
  needed: () => boolean;
}

/** The native port: opened on demand, one `hello`, closed when idle, reconnected when it breaks while it is needed. */
export class NativePort {
  companion: Companion = { state: 'unknown' };
  private link: Link | undefined;
  private idle: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;

  constructor(private readonly events: PortEvents) {}

  /** @throws ClipferryError the companion's error, or the reason why it cannot be reached */
  async call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    const link = this.open();
    try {
      await link.hello;
      return await link.client.call(method, params);
    } finally {
      this.rest();
    }
  }

  /** Connect, so that events arrive. */
  async connect(): Promise<void> {
    await this.open().hello;
    this.rest();
  }

  private open(): Link {
    if (this.link) return this.link;
    const port = browser.runtime.connectNative(__HOST_NAME__);
    const client = new Client(
      (message) => {
        port.postMessage(message);
      },
      this.events.onEvent,
      { timeout: () => localError('companion_timeout'), tooLarge: () => localError('too_large') },
    );
    const link: Link = { port, client, hello: this.greet(client) };
    this.link = link;
    let said: ErrorInfo | undefined;
    port.onMessage.addListener((message: unknown) => {
      // Sent by the native host itself before it closes: the daemon could not be started.
      if (isRecord(message) && message['event'] === 'host.error' && isErrorInfo(message['data']))
        said = message['data'];
      else client.receive(message);
    });
    port.onDisconnect.addListener((closed) => {
      // The reason is in lastError in Chromium, on the port in Firefox.
      const { error } = closed as { error?: { message?: string } | null };
      this.closed(link, said ?? localError(portFailure(browser.runtime.lastError?.message ?? error?.message)));
    });
    return link;
  }

  private greet(client: Client): Promise<HelloResult> {
    const { version } = browser.runtime.getManifest();
    const hello = client.call('hello', { client: 'extension', version, protocol: PROTOCOL_VERSION }).then((result) => {
      if (result.protocol !== PROTOCOL_VERSION) throw localFailure('companion_outdated');
      this.failures = 0;
      const { version: companion, downloads_dir_name: downloads, notices = [] } = result;
      this.setCompanion({ state: 'ok', version: companion, downloads, notices });
      return result;
    });
    hello.catch((error: unknown) => {
      const info = error instanceof Error && 'info' in error ? (error.info as ErrorInfo) : localError('internal');
      this.setCompanion({ state: 'trouble', error: info });
    });
    return hello;
  }

  private closed(link: Link, error: ErrorInfo): void {
    if (this.link !== link) return;
    this.link = undefined;
    clearTimeout(this.idle);
    this.setCompanion({ state: 'trouble', error });
    link.client.fail(error);
    const wait = RETRY_MS[this.failures++];
    if (wait !== undefined && this.events.needed()) {
      setTimeout(() => {
        if (!this.link && this.events.needed()) this.connect().catch(() => undefined);
      }, wait);
    }
  }

  private rest(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      if (!this.link) return;
      if (!this.link.client.idle || this.events.needed()) {
        this.rest();
        return;
      }
      const { port } = this.link;
      this.link = undefined;
      port.disconnect();
    }, IDLE_MS);
  }

  private setCompanion(companion: Companion): void {
    this.companion = companion;
    this.events.onCompanion(companion);
  }
}
