import {
  ClipferryError,
  isErrorInfo,
  isRecord,
  type Method,
  type Params,
  type ProtocolEvent,
  type Result,
} from '../src/protocol/client';
import { localError } from '../src/protocol/errors';
import { readOpening, type Opening } from './opening';

const TOKEN = 'clipferry-token';
/** Between two tries to reach the daemon, ms. */
const RETRY_MS = 1_500;
/** The daemon closes with this when it does not know the token. */
const CLOSE_UNKNOWN = 4401;

export type ConnectionState = 'connecting' | 'connected' | 'offline' | 'locked';

/**
 * Client of the daemon over HTTP and one WebSocket. The page is opened with a one-time code (`#c=`), exchanged for a token
 * that lives in this tab's session storage: cookies would be sent to every port of this computer.
 */
export class Connection {
  private token = sessionStorage.getItem(TOKEN);
  private stopped = false;
  private socket: WebSocket | undefined;

  constructor(
    private readonly onState: (state: ConnectionState) => void,
    private readonly onEvent: (event: ProtocolEvent) => void,
  ) {}

  /** Returns the parameters that the page was opened with, if clipferry opened it: another page must not trigger requests. */
  async start(): Promise<Opening> {
    const hash = new URLSearchParams(location.hash.slice(1));
    const code = hash.get('c');
    let opening: Opening = { clip: null, view: 'history' };
    if (code !== null) {
      history.replaceState(null, '', location.pathname);
      if (await this.swap(code)) opening = readOpening(hash);
    }
    this.listen();
    return opening;
  }

  stop(): void {
    this.stopped = true;
    this.socket?.close();
  }

  /** @throws ClipferryError */
  async call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return (await this.post(`/api/${method}`, params)) as Result<M>;
  }

  /** An address for `<video src>` that needs no header. */
  async playLink(fileId: string): Promise<string> {
    const answer = await this.post(`/video/${fileId}/link`, {});
    if (isRecord(answer) && typeof answer['url'] === 'string') return answer['url'];
    throw new ClipferryError(localError('companion_garbled'));
  }

  private async swap(code: string): Promise<boolean> {
    try {
      const answer = await this.post('/session', { code });
      if (!isRecord(answer) || typeof answer['token'] !== 'string') return false;
      this.token = answer['token'];
      sessionStorage.setItem(TOKEN, this.token);
      return true;
    } catch {
      // A code that was used before: an older token of this tab may still be good.
      return false;
    }
  }

  private async post(path: string, body: unknown): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(path, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          ...(this.token === null ? {} : { Authorization: `Bearer ${this.token}` }),
        },
        body: JSON.stringify(body),
      });
    } catch {
      throw new ClipferryError(localError('companion_stopped'));
    }
    const answer: unknown = await response.json().catch(() => null);
    if (response.status === 401 && path !== '/session') this.lock();
    const error = isRecord(answer) ? answer['error'] : null;
    if (response.ok) return answer;
    throw new ClipferryError(isErrorInfo(error) ? error : localError('companion_garbled'));
  }

  private listen(): void {
    if (this.stopped) return;
    if (this.token === null) {
      this.lock();
      return;
    }
    const { token } = this;
    const socket = new WebSocket(`ws://${location.host}/events`);
    this.socket = socket;
    socket.addEventListener('open', () => {
      socket.send(JSON.stringify({ token }));
    });
    socket.addEventListener('message', ({ data }) => {
      const message: unknown = typeof data === 'string' ? JSON.parse(data) : null;
      if (!isRecord(message)) return;
      if ('event' in message) this.onEvent(message as unknown as ProtocolEvent);
      else this.onState('connected');
    });
    socket.addEventListener('close', ({ code }) => {
      if (this.stopped) return;
      if (code === CLOSE_UNKNOWN) {
        this.lock();
        return;
      }
      this.onState('offline');
      setTimeout(() => {
        this.listen();
      }, RETRY_MS);
    });
  }

  private lock(): void {
    sessionStorage.removeItem(TOKEN);
    this.token = null;
    this.onState('locked');
  }
}
