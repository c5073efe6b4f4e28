import { MAX_FRAME_BYTES, type ErrorInfo, type PAGE_METHODS, type Protocol } from './generated';

export type Method = keyof Protocol['methods'];
/** A method that the companion answers to the extension; all others are for the dashboard. */
export type PageMethod = (typeof PAGE_METHODS)[number];
export type Params<M extends Method> = Protocol['methods'][M]['params'];
export type Result<M extends Method> = Protocol['methods'][M]['result'];
export type EventName = keyof Protocol['events'];
export type ProtocolEvent = { [E in EventName]: { event: E; data: Protocol['events'][E] } }[EventName];

/** A failure as a person is told it: a stable code, a sentence, what to do next. */
export class ClipferryError extends Error {
  constructor(readonly info: ErrorInfo) {
    super(`${info.code}: ${info.message}`);
  }
}

/** How long each verb may take, ms. `hello` may have to wait for the companion to start, `resolve` for a slow site. */
const TIMEOUTS_MS: Partial<Record<Method, number>> = { hello: 15_000, resolve: 60_000, 'clip.create': 30_000 };
const TIMEOUT_MS = 15_000;

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** What went wrong on the way, in our own words: the caller knows the language. */
export interface Wording {
  timeout: () => ErrorInfo;
  tooLarge: () => ErrorInfo;
}

/**
 * Requests with ids and time-outs over something that carries messages both ways: a native port, a WebSocket. Browsers drop
 * a broken frame in silence, so nothing here waits without an end.
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

  /** @throws ClipferryError what the companion said, or that it said nothing in time */
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

  /** A message came. What is neither an answer to us nor an event is ignored. */
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

  /** The way is gone: everything that waits fails with this. */
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
