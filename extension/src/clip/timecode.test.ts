import { describe, expect, it } from 'vitest';
import { formatTime, parseTime } from './timecode';

describe('parseTime', () => {
  it.each([
    ['0', 0],
    ['83.5', 83.5],
    ['1:23', 83],
    ['1:23.5', 83.5],
    ['1:23,5', 83.5],
    ['01:02:03.250', 3723.25],
    [' 2:05 ', 125],
    ['90', 90],
    ['75:00', 4500],
    ['1000000', 1_000_000],
    ['1m2s', 62],
    ['1h', 3600],
    ['90s', 90],
    ['90m', 5400],
    ['1H 2M 3,5S', 3723.5],
    ['1m30', 90],
    ['2 min 5 sec', 125],
    ['01:02,5', 62.5],
    ['\ufeff1:23\u200b', 83],
    ['１：２３', 83],
  ])('reads %j as %d s', (text, seconds) => {
    expect(parseTime(text)).toBe(seconds);
  });

  it.each([
    '',
    ' ',
    '-1',
    '1:60',
    '1:75:00',
    '1:2:3:4',
    '1:',
    ':30',
    'abc',
    '1e3',
    '1000001',
    'NaN',
    '٣',
    '1.2.3',
    '0x10',
    '1s2m',
    'm',
    '1:2m',
    '−5',
  ])('does not take %j for a time', (text) => {
    expect(parseTime(text)).toBeNull();
  });
});

describe('formatTime', () => {
  it.each([
    [0, '0:00.000'],
    [83.5, '1:23.500'],
    [59.9996, '1:00.000'],
    [3723.25, '1:02:03.250'],
    [36_000, '10:00:00.000'],
    [-1, '0:00.000'],
  ])('writes %d as %j', (seconds, text) => {
    expect(formatTime(seconds)).toBe(text);
  });

  it('can be read again to the same millisecond', () => {
    for (let ms = 0; ms < 20_000_000; ms += 123_457) expect(parseTime(formatTime(ms / 1000))).toBe(ms / 1000);
  });

  it('leaves the fraction out where only whole seconds are wanted', () => {
    expect(formatTime(83.2, false)).toBe('1:23');
  });
});
