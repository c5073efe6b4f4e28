import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browser } from 'wxt/browser';
import { setMessageSource } from '../../i18n/text';
import type { Companion } from '../../messaging/snapshot';
import type { ProtocolEvent } from '../../protocol/client';
import { PROTOCOL_VERSION } from '../../protocol/generated';
import { NativePort } from './native-port';

/** A native port as the browser gives it, with its other end in the test's hands. */
class FakePort {
  readonly sent: { id: number; method: string; params: Record<string, unknown> }[] = [];
  open = true;
  private readonly listeners: Record<'message' | 'disconnect', ((value: unknown) => void)[]> = {
    message: [],
    disconnect: [],
  };
  readonly onMessage = { addListener: (listener: (value: unknown) => void) => this.listeners.message.push(listener) };
  readonly onDisconnect = {
    addListener: (listener: (value: unknown) => void) => this.listeners.disconnect.push(listener),
  };

  postMessage(message: FakePort['sent'][number]): void {
    if (!this.open) throw new Error('Attempting to use a disconnected port object');
    this.sent.push(message);
  }

  /** Called by this side: the browser reports it to the other side only. */
  disconnect(): void {
    this.open = false;
  }

  emit(message: unknown): void {
    for (const listener of this.listeners.message) listener(message);
  }

  respond(result: unknown): void {
    this.emit({ id: this.sent.at(-1)?.id, result });
  }

  hello(protocol = PROTOCOL_VERSION): void {
    this.respond({ protocol, version: '1.2', downloads_dir_name: 'Downloads', notices: ['A notice.'] });
  }

  /** The native host ended. */
  close(error?: string): void {
    this.open = false;
    for (const listener of this.listeners.disconnect)
      listener(error === undefined ? {} : { error: { message: error } });
  }
}

const ports: FakePort[] = [];
const companions: Companion[] = [];
const events: ProtocolEvent[] = [];
let needed = false;
const last = (): FakePort => {
  const port = ports.at(-1);
  if (!port) throw new Error('no port was opened');
  return port;
};
const make = () =>
  new NativePort({
    onEvent: (event) => events.push(event),
    onCompanion: (companion) => companions.push(companion),
    needed: () => needed,
  });

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('__HOST_NAME__', 'com.example.host');
  setMessageSource((key) => key);
  ports.length = companions.length = events.length = 0;
  needed = false;
  Object.assign(browser.runtime, {
    connectNative: vi.fn(() => {
      const port = new FakePort();
      ports.push(port);
      return port;
    }),
    getManifest: () => ({ version: '0.1.0' }),
    lastError: undefined,
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a call', () => {
  it('is sent after one hello on one port', async () => {
    const port = make();
    const first = port.call('job.get', { file_id: 'a' });
    const second = port.call('job.get', { file_id: 'b' });
    expect(last().sent.map(({ method }) => method)).toEqual(['hello']);
    expect(last().sent[0]?.params).toEqual({ client: 'extension', version: '0.1.0', protocol: PROTOCOL_VERSION });
    last().hello();
    await vi.advanceTimersByTimeAsync(0);
    const [, a, b] = last().sent;
    last().emit({ id: b?.id, result: { file_id: 'b' } });
    last().emit({ id: a?.id, result: { file_id: 'a' } });
    expect(await first).toEqual({ file_id: 'a' });
    expect(await second).toEqual({ file_id: 'b' });
    expect(ports).toHaveLength(1);
    expect(companions).toEqual([{ state: 'ok', version: '1.2', downloads: 'Downloads', notices: ['A notice.'] }]);
  });

  it('fails with the code for the reason why the port closed', async () => {
    const call = make().call('job.get', { file_id: 'a' });
    const failed = expect(call).rejects.toMatchObject({ info: { code: 'companion_missing' } });
    last().close('No such native application com.example.host');
    await failed;
    expect(companions.at(-1)).toMatchObject({ state: 'trouble', error: { code: 'companion_missing' } });
  });

  it("fails with the native host's own error where that came before the end", async () => {
    const error = { code: 'daemon_failed', message: 'Could not start', hint: 'Reinstall' };
    const call = make().call('job.get', { file_id: 'a' });
    const failed = expect(call).rejects.toMatchObject({ info: error });
    last().emit({ event: 'host.error', data: error });
    last().close();
    await failed;
    expect(events).toEqual([]);
  });

  it('is refused by a companion of another protocol version', async () => {
    const call = make().call('job.get', { file_id: 'a' });
    const failed = expect(call).rejects.toMatchObject({ info: { code: 'companion_outdated' } });
    last().hello(PROTOCOL_VERSION + 1);
    await failed;
    expect(last().sent).toHaveLength(1);
    expect(companions.at(-1)).toMatchObject({ state: 'trouble', error: { code: 'companion_outdated' } });
  });

  it('opens a new port after the one before has closed', async () => {
    const port = make();
    const call = port.call('job.get', { file_id: 'a' }).catch(() => 'failed');
    last().close();
    expect(await call).toBe('failed');
    void port.call('job.get', { file_id: 'a' });
    expect(ports).toHaveLength(2);
  });
});

describe('an event', () => {
  it('is passed on', async () => {
    const connected = make().connect();
    last().hello();
    await connected;
    last().emit({ event: 'queue', data: { paused: true } });
    expect(events).toEqual([{ event: 'queue', data: { paused: true } }]);
  });
});

describe('an idle port', () => {
  async function connected(): Promise<FakePort> {
    const connecting = make().connect();
    last().hello();
    await connecting;
    return last();
  }

  it('is closed, without an error', async () => {
    const port = await connected();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(port.open).toBe(false);
    expect(companions.map(({ state }) => state)).toEqual(['ok']);
  });

  it('stays open while events are needed', async () => {
    needed = true;
    const port = await connected();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(port.open).toBe(true);
    needed = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(port.open).toBe(false);
  });
});

describe('a port that breaks', () => {
  it('is reconnected with growing delays while it is needed, and no longer after that', async () => {
    needed = true;
    make()
      .connect()
      .catch(() => undefined);
    const opened: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      last().close();
      const before = ports.length;
      const start = Date.now();
      await vi.advanceTimersToNextTimerAsync();
      if (ports.length > before) opened.push(Date.now() - start);
    }
    expect(opened).toEqual([500, 2_000, 6_000, 15_000]);
  });

  it('starts again with the first delay after a successful hello', async () => {
    needed = true;
    make()
      .connect()
      .catch(() => undefined);
    last().close();
    await vi.advanceTimersByTimeAsync(500);
    last().hello();
    await vi.advanceTimersByTimeAsync(0);
    last().close();
    await vi.advanceTimersByTimeAsync(500);
    expect(ports).toHaveLength(3);
  });

  it('is left alone where nothing needs it', async () => {
    make()
      .connect()
      .catch(() => undefined);
    last().close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ports).toHaveLength(1);
  });
});
