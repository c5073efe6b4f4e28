import { beforeAll, describe, expect, it } from 'vitest';
import messages from '../../public/_locales/en/messages.json';
import type { Job, VideoInfo } from '../protocol/generated';
import { choicesFor, estimateBytes, formatLength, formatRange, formatState, formatWait } from './format';
import { setMessageSource } from '../i18n/text';
import { formatBytes } from './format-bytes';

beforeAll(() => {
  setMessageSource((key, values) =>
    messages[key].message.replace(/\$(\d)/g, (_, place: string) => values[Number(place) - 1] ?? ''),
  );
});

it.each([
  [0, '0.0 kB'],
  [1530, '1.5 kB'],
  [999_400, '999 kB'],
  [999_600, '1.0 MB'],
  [12_345_678, '12 MB'],
  [3_200_000_000, '3.2 GB'],
])('%d bytes are %j', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  [17.6, '17.6 s'],
  [0.1, '0.1 s'],
  [60, '1:00'],
  [62.54, '1:02.5'],
  [59.97, '1:00'],
])('a clip of %d s is %j long', (seconds, text) => {
  expect(formatLength(seconds)).toBe(text);
});

it('says how long is left, in words that do not pretend', () => {
  expect(formatWait(0.2)).toBe('1 s');
  expect(formatWait(59.4)).toBe('59 s');
  expect(formatWait(95)).toBe('1:35');
});

const JOB: Job = {
  file_id: '0'.repeat(26),
  state: 'queued',
  url: 'https://x.test/',
  output: {},
  created_at: 0,
  updated_at: 0,
};

it('says what a job takes', () => {
  expect(formatRange(JOB)).toBe('Whole video');
  expect(formatRange({ ...JOB, start_s: 62, end_s: 80.25 })).toBe('1:02 – 1:20.250');
  expect(formatRange({ ...JOB, start_s: 62 })).toBe('1:02 – end');
});

it('says what of a broadcast is recorded', () => {
  const live: Job = { ...JOB, live: true };
  expect(formatRange(live)).toBe('Broadcast');
  expect(formatRange({ ...live, start_s: 62 })).toBe('Broadcast from 1:02');
  expect(formatRange({ ...live, start_s: 62, end_s: 80 })).toBe('1:02 – 1:20');
  const proof = { start_s: 0, end_s: 3599.97, frames: 1, copied_frames: 1, path: 'copy' };
  expect(formatRange({ ...live, end_s: 9000, state: 'done', proof })).toBe('0:00 – 1:00:00');
});

it('says what a job is at', () => {
  const progress = { stage: 'fetching', fraction: 0.5, speed_bps: 2_500_000, eta_s: 12 } as const;
  expect(formatState({ ...JOB, state: 'fetching', progress })).toBe('Fetching · 2.5 MB/s · 12 s left');
  expect(formatState({ ...JOB, state: 'waiting', wait_reason: 'disk_full' })).toBe('Waiting for space on the disk');
  expect(formatState({ ...JOB, state: 'waiting', wait_reason: 'of a later version' })).toBe('Waiting');
  expect(formatState({ ...JOB, state: 'failed', error: { code: 'x', message: 'It broke.', hint: '' } })).toBe(
    'It broke.',
  );
});

describe('what can be chosen', () => {
  const video: VideoInfo = {
    key: 'youtube:a',
    site: 'youtube',
    title: 'A',
    webpage_url: 'https://x.test/',
    qualities: [
      { height: 1080, fps: 60, codecs: ['h264'], bytes_per_second: 500_000 },
      { height: 720, fps: 60, codecs: ['h264'], bytes_per_second: 300_000 },
      { height: 360, fps: 30, codecs: ['h264'] },
    ],
  };

  it('is what the video has', () => {
    expect(choicesFor(video).map(({ label }) => label)).toEqual([
      'Best MP4 · 1080p',
      'MP4 · 720p60',
      'MP4 · 360p',
      'MP3 · sound only',
      'M4A · sound only',
      'GIF · no sound',
    ]);
    expect(choicesFor(video)[1]?.output).toEqual({ kind: 'mp4', max_height: 720 });
  });

  it('leaves out sound where there is none, and pictures where there are none', () => {
    expect(choicesFor({ ...video, has_audio: false }).map(({ key }) => key)).toEqual(['best', 'h720', 'h360', 'gif']);
    expect(choicesFor({ ...video, qualities: [], has_video: false }).map(({ key }) => key)).toEqual(['mp3', 'm4a']);
  });

  it('is still a picture where the site does not say how high it is', () => {
    const [first] = choicesFor({ ...video, qualities: [] });
    expect(first).toMatchObject({ key: 'best', label: 'Best MP4', output: { kind: 'mp4' } });
  });

  it('is the usual until the site has answered', () => {
    expect(choicesFor(null).map(({ key }) => key)).toEqual(['best', 'mp3', 'm4a', 'gif']);
  });
});

describe('the size of a clip', () => {
  const choice = { key: 'best', label: '', output: {}, bytesPerSecond: 100_000, edgeBytesPerSecond: 300_000 };

  it('is exact where nothing is encoded again', () => {
    expect(estimateBytes(choice, { start: 0, end: 10 }, 60)).toBe(1_000_000);
    expect(estimateBytes(choice, { start: 0, end: 60 }, 60.2)).toBe(6_000_000);
  });

  it.each([
    [30, 2_000_000 + 200_000 * 2.5],
    [15, 500_000 + 200_000 * 2.5],
    [11, 100_000 + 200_000 * 0.9],
  ])('from 10 to %d s is that of the mean place between two keyframes', (end, bytes) => {
    expect(estimateBytes(choice, { start: 10, end }, 60)).toBeCloseTo(bytes);
  });

  it('is not told where the rate is not, or where there is no clip', () => {
    expect(estimateBytes({ ...choice, bytesPerSecond: null }, { start: 0, end: 10 }, 60)).toBeNull();
    expect(estimateBytes(choice, { start: 20, end: 10 }, 60)).toBeNull();
    const plain = { key: 'mp3', label: '', output: {}, bytesPerSecond: 100_000 };
    expect(estimateBytes(plain, { start: 10, end: 20 }, 60)).toBe(1_000_000);
  });
});
