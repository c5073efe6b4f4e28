import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Client, ClipferryError, type ProtocolEvent } from './client';
import { portFailure } from './errors';

const TIMEOUT = { code: 'companion_timeout', message: 'late', hint: '' };
const TOO_LARGE = { code: 'too_large', message: 'large', hint: '' };
const GONE = { code: 'companion_stopped', message: 'gone', hint: '' };

function make() {
  const sent: { id: number; method: string; params: unknown }[] = [];
  const events: ProtocolEvent[] = [];
  const client = new Client(
    (message) => sent.push(message as (typeof sent)[number]),
    (event) => events.push(event),
    { timeout: () => TIMEOUT, tooLarge: () => TOO_LARGE },
  );
  return { client, sent, events };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Client', () => {
  it('gives each answer to its own question, in whatever order they come', async () => {
    const { client, sent } = make();
    const first = client.call('job.get', { file_id: 'a' });
    const second = client.call('job.get', { file_id: 'b' });
    client.receive({ id: sent[1]?.id, result: { file_id: 'b' } });
    client.receive({ id: sent[0]?.id, result: { file_id: 'a' } });
    expect(await first).toEqual({ file_id: 'a' });
    expect(await second).toEqual({ file_id: 'b' });
    expect(client.idle).toBe(true);
  });

  it('fails with what the companion said', async () => {
    const { client, sent } = make();
    const answer = client.call('resolve', { url: 'https://x.test/' });
    const error = { code: 'private_video', message: 'This video is private.', hint: 'Sign in.' };
    client.receive({ id: sent[0]?.id, error });
    await expect(answer).rejects.toMatchObject({ info: error });
  });

  it('does not wait for ever', async () => {
    const { client } = make();
    const answer = client.call('job.list', {});
    const failed = expect(answer).rejects.toBeInstanceOf(ClipferryError);
    await vi.advanceTimersByTimeAsync(15_000);
    await failed;
    expect(client.idle).toBe(true);
  });

  it('waits longer for a site than for the companion', async () => {
    const { client, sent } = make();
    const answer = client.call('resolve', { url: 'https://x.test/' });
    await vi.advanceTimersByTimeAsync(30_000);
    client.receive({ id: sent[0]?.id, result: { title: 'x' } });
    expect(await answer).toEqual({ title: 'x' });
  });

  it('fails everything that waits when the way is gone', async () => {
    const { client } = make();
    const answers = [client.call('job.list', {}), client.call('settings.get', {})];
    client.fail(GONE);
    for (const answer of answers) await expect(answer).rejects.toMatchObject({ info: GONE });
  });

  it('sends nothing that the companion would refuse for its size', async () => {
    const { client, sent } = make();
    await expect(client.call('resolve', { url: 'x'.repeat(600_000) })).rejects.toMatchObject({ info: TOO_LARGE });
    expect(sent).toEqual([]);
  });

  it('tells events, and is not put off by nonsense', () => {
    const { client, events } = make();
    for (const nonsense of [null, 7, 'x', [], {}, { id: 99, result: 1 }, { id: 'x' }]) client.receive(nonsense);
    client.receive({ event: 'job.removed', data: { file_id: 'a' } });
    expect(events).toEqual([{ event: 'job.removed', data: { file_id: 'a' } }]);
  });
});

// The texts of Chromium 156 and Firefox ESR 153, as they were seen.
it.each([
  ['Specified native messaging host not found.', 'companion_missing'],
  ['No such native application org.clipferry.companion', 'companion_missing'],
  ['Access to the specified native messaging host is forbidden.', 'companion_forbidden'],
  ['Native host has exited.', 'companion_stopped'],
  ['An unexpected error occurred', 'companion_stopped'],
  ['', 'companion_stopped'],
  [undefined, 'companion_stopped'],
  ['Error when communicating with the native messaging host.', 'companion_garbled'],
  [
    'Native application tried to send a message of 1819043176 bytes, which exceeds the limit of 1048576 bytes.',
    'companion_garbled',
  ],
])('a port that closes with %j means %s', (text, code) => {
  expect(portFailure(text)).toBe(code);
});
