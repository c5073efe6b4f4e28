import { MAX_FRAME_BYTES, type ErrorInfo, type PAGE_METHODS, type Protocol } from './generated';

export type Method = keyof Protocol['methods'];
/** A method that the extension may call; all others are for the dashboard. */
export type PageMethod = (typeof PAGE_METHODS)[number];
export type Params<M extends Method> = Protocol['methods'][M]['params'];
export type Result<M extends Method> = Protocol['methods'][M]['result'];
export type EventName = keyof Protocol['events'];
export type ProtocolEvent = { [E in EventName]: { event: E; data: Protocol['events'][E] } }[EventName];

/** An error with a stable code, a sentence and a hint. */
export class ClipferryError extends Error {
  constructor(readonly info: ErrorInfo) {
    super(`${info.code}: ${info.message}`);
  }
}

/** Time-out of each method, ms. `hello` may wait for the companion to start, `resolve` for a slow site. */
const TIMEOUTS_MS: Partial<Record<Method, number>> = { hello: 15_000, resolve: 60_000, 'clip.create': 30_000 };
const TIMEOUT_MS = 15_000;

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** Errors that arise on this side of the connection: the caller supplies them in the user's language. */
export interface Wording {
  timeout: () => ErrorInfo;
  tooLarge: () => ErrorInfo;
}

/**
 * Requests with ids and time-outs over a two-way message channel: a native port, a WebSocket. Browsers drop
 * a broken frame silently, so every request has a time-out.
 */
export class Client {
  private nextId = 1;
  private readonly waiting = new Map<number, Waiting>();

  constructor(
    private readonly send: (message: object) => void,
    private readonly onEvent: (event: ProtocolEvent) => void,
    private readonly wording: Wording,
  ) {}

  get idle(): boolean {
    return this.waiting.size === 0;
  }

  /** @throws ClipferryError the companion's error, or `companion_timeout` */
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    const id = this.nextId++;
    const message = { id, method, params };
    if (JSON.stringify(message).length > MAX_FRAME_BYTES) {
      return Promise.reject(new ClipferryError(this.wording.tooLarge()));
    }
    return new Promise<Result<M>>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new ClipferryError(this.wording.timeout()));
      }, TIMEOUTS_MS[method] ?? TIMEOUT_MS);
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      try {
        this.send(message);
      } catch (error) {
        this.settle(id)?.reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** Handle a message. Anything but an event or the response to a pending request is ignored. */
  receive(message: unknown): void {
    if (!isRecord(message)) return;
    if (typeof message['event'] === 'string') {
      this.onEvent(message as unknown as ProtocolEvent);
      return;
    }
    const waiting = typeof message['id'] === 'number' ? this.settle(message['id']) : undefined;
    if (!waiting) return;
    const error = message['error'];
    if (isErrorInfo(error)) waiting.reject(new ClipferryError(error));
    else waiting.resolve(message['result']);
  }

  /** Fail all pending requests: the channel is closed. */
  fail(info: ErrorInfo): void {
    for (const id of [...this.waiting.keys()]) this.settle(id)?.reject(new ClipferryError(info));
  }

  private settle(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    clearTimeout(waiting?.timer);
    this.waiting.delete(id);
    return waiting;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isErrorInfo(value: unknown): value is ErrorInfo {
  return (
    isRecord(value) &&
    typeof value['code'] === 'string' &&
    typeof value['message'] === 'string' &&
    typeof value['hint'] === 'string'
  );
}
