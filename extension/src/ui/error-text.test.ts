import { beforeEach, describe, expect, it } from 'vitest';
import messages from '../../public/_locales/en/messages.json';
import { setMessageSource } from '../i18n/text';
import { localError } from '../protocol/errors';
import { errorText } from './error-text';

const ENGLISH = { message: 'From the companion.', hint: 'Its hint.' };

/** Every English text with a mark, as a translation would differ from what the companion sends. */
beforeEach(() => {
  setMessageSource((key) => (key in messages ? `~${messages[key].message}` : ''));
});

describe('errorText', () => {
  it('looks the text of a case up and puts its params in', () => {
    const error = { ...ENGLISH, code: 'invalid_output', reason: 'too_long', params: { kind: 'GIF', max_s: 60 } };
    expect(errorText(error)).toEqual({
      message: '~A GIF can be at most 60 seconds long.',
      hint: '~Choose a shorter piece, or MP4.',
    });
  });

  it("takes the code's own hint where the case has none", () => {
    const { hint } = errorText({ ...ENGLISH, code: 'disk_full', reason: 'quota', params: {} });
    expect(hint).toBe(`~${messages.todo_disk_full.message}`);
  });

  it('shows sizes as this side writes them', () => {
    const params = { free_bytes: 600_000_000, needed_bytes: 1_640_000_000 };
    const { message } = errorText({ ...ENGLISH, code: 'disk_full', reason: 'space', params });
    expect(message).toBe('~There is not enough space on the disk: 600 MB are free, 1.6 GB are needed.');
  });

  it.each([
    { code: 'an_error_of_next_year', reason: '' },
    { code: 'network', reason: 'a_case_of_next_year' },
    { code: 'network' },
  ])("keeps the companion's words for what it does not know: %o", (known) => {
    expect(errorText({ ...ENGLISH, ...known })).toEqual(ENGLISH);
  });

  it("keeps the extension's own errors as they are", () => {
    const own = localError('too_large');
    expect(errorText(own)).toEqual({ message: own.message, hint: own.hint });
  });

  it('says of a clip that waits that it goes on by itself', () => {
    const error = { ...ENGLISH, code: 'network', reason: '', params: {} };
    expect(errorText({ ...error, advice: 'wait_network' }).hint).toBe(`~${messages.advice_wait_network.message}`);
    expect(errorText({ ...error, advice: 'continues' }).hint).toBe(
      `~${messages.todo_network.message} ~${messages.advice_continues.message}`,
    );
    expect(errorText({ ...error, advice: 'advice_of_next_year' }).hint).toBe(ENGLISH.hint);
  });

  it('puts values in as they are', () => {
    const params = { setting: 'proxy', said: '{advice} $1 <b>' };
    const { message } = errorText({ ...ENGLISH, code: 'invalid_setting', reason: 'said', params });
    expect(message).toBe('~The setting “proxy” cannot be used: {advice} $1 <b>');
  });
});
