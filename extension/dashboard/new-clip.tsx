import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { isWhole, toMillis, wholeRange, type Range } from '../src/clip/range';
import { formatTime } from '../src/clip/timecode';
import { toErrorInfo } from '../src/protocol/errors';
import type { ErrorInfo, Job, VideoInfo } from '../src/protocol/generated';
import { ClipEditor } from '../src/ui/clip-editor';
import { choicesFor } from '../src/ui/format';
import { Icon } from '../src/ui/icons';
import { t } from '../src/i18n/text';
import { Trouble } from '../src/ui/trouble';
import type { Connection } from './connection';
import { marked, NO_MARKS, type CutAgain, type Marks } from './opening';

interface NewClipProps {
  connection: Connection;
  again: CutAgain | null;
  onJob: (job: Job) => void;
}

interface Found {
  video: VideoInfo;
  url: string;
  /** The user confirmed the warning. */
  allowPrivate: boolean;
}

/** Form to create a clip from a link. */
export function NewClip({ connection, again, onJob }: NewClipProps): JSX.Element {
  const [link, setLink] = useState('');
  const [looking, setLooking] = useState(false);
  const [found, setFound] = useState<Found | null>(null);
  const [trouble, setTrouble] = useState<{ error: ErrorInfo; url: string; marks: Marks } | null>(null);
  const [wanted, setWanted] = useState<Marks>(NO_MARKS);

  const look = async (url: string, allowPrivate: boolean, marks: Marks) => {
    setLooking(true);
    setTrouble(null);
    setFound(null);
    try {
      const video = await connection.call('resolve', { url, allow_private: allowPrivate });
      setWanted(marks);
      setFound({ video, url, allowPrivate });
    } catch (error) {
      setTrouble({ error: toErrorInfo(error), url, marks });
    } finally {
      setLooking(false);
    }
  };
  useEffect(() => {
    if (!again) return;
    setLink(again.url);
    void look(again.url, false, again);
  }, [again]);

  const blocked = trouble?.error.code === 'blocked_address';
  return (
    <section class="card new" aria-label={t('dashboard_new')}>
      <h1>{t('dashboard_new')}</h1>
      <form
        class="paste"
        onSubmit={(event) => {
          event.preventDefault();
          void look(link.trim(), false, NO_MARKS);
        }}
      >
        <input
          type="text"
          inputMode="url"
          dir="ltr"
          autocomplete="off"
          placeholder="https://"
          aria-label={t('dashboard_link')}
          value={link}
          required
          data-hook="link"
          onInput={(event) => setLink(event.currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={looking} data-hook="look">
          {t(looking ? 'dashboard_looking' : 'dashboard_look')}
        </button>
      </form>
      {trouble && (
        <Trouble error={blocked ? { ...trouble.error, hint: t('dashboard_private') } : trouble.error}>
          {blocked && (
            <button
              type="button"
              class="quiet"
              data-hook="allow-private"
              onClick={() => void look(trouble.url, true, trouble.marks)}
            >
              {t('dashboard_private_go')}
            </button>
          )}
        </Trouble>
      )}
      {found && <FoundVideo key={found.video.key} {...found} wanted={wanted} connection={connection} onJob={onJob} />}
    </section>
  );
}

interface FoundVideoProps extends Found {
  wanted: Marks;
  connection: Connection;
  onJob: (job: Job) => void;
}

function FoundVideo({ video, url, allowPrivate, wanted, connection, onJob }: FoundVideoProps): JSX.Element {
  const duration = toMillis(video.duration_s ?? 0);
  const [range, setRange] = useState<Range>(() => marked(wanted, duration) ?? suggested(video, duration));
  const [choiceKey, setChoiceKey] = useState('best');
  const [sending, setSending] = useState(false);
  const [trouble, setTrouble] = useState<ErrorInfo | null>(null);
  const [already, setAlready] = useState(false);
  const choices = choicesFor(video);
  const choice = choices.find(({ key }) => key === choiceKey) ?? choices[0];
  if (!choice)
    return <Trouble error={{ code: 'no_formats', message: t('error_no_video'), hint: t('hint_no_video') }} />;

  const live = video.live === 'now';
  /** `range`: what is marked. `whole`: all of it. `link`: what the link names, where nothing can be marked. */
  const take = async (what: 'range' | 'whole' | 'link', anew: boolean) => {
    setSending(true);
    setTrouble(null);
    setAlready(false);
    // A broadcast goes on: a range over all that it has shown so far is still a part of it.
    const all = what === 'whole' || (!live && isWhole(range, duration));
    const times = what === 'link' ? {} : all ? { whole: true } : { start_time: range.start, end_time: range.end };
    const flags = { allow_private: allowPrivate, again: anew };
    try {
      const job = await connection.call('clip.create', { url, ...times, output: choice.output, ...flags });
      setAlready(job.state === 'done' && job.created === false);
      onJob(job);
    } catch (error) {
      setTrouble(toErrorInfo(error));
    } finally {
      setSending(false);
    }
  };
  const download = (
    <button type="submit" class="primary" disabled={sending} data-hook="download">
      <Icon name="download" />
      {t(live && duration === 0 ? 'record_broadcast' : 'dashboard_start_clip')}
    </button>
  );
  const sound = choices.find(({ key }) => key === 'mp3');
  return (
    <div class="found" data-hook="found">
      <div class="about">
        <h2>
          <bdi>{video.title}</bdi>
        </h2>
        <p>
          {[
            video.site,
            video.uploader == null ? null : t('dashboard_by', video.uploader),
            duration > 0 ? formatTime(duration, false) : null,
          ]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      {sound && (
        <label class="check">
          <input
            type="checkbox"
            checked={choice.output.kind === 'mp3' || choice.output.kind === 'm4a'}
            data-hook="audio-only"
            onChange={(event) => setChoiceKey(event.currentTarget.checked ? sound.key : 'best')}
          />
          {t('dashboard_sound_only')}
        </label>
      )}
      {duration > 0 ? (
        <ClipEditor
          duration={duration}
          range={range}
          onRange={setRange}
          video={video}
          choices={choices}
          choice={choice}
          onChoice={setChoiceKey}
          disabled={sending}
          onDownload={() => void take('range', false)}
        >
          <button
            type="button"
            class="quiet"
            disabled={sending}
            data-hook="whole"
            onClick={() => void take('whole', false)}
          >
            {t(live ? 'record_broadcast' : 'whole_video')}
          </button>
          {download}
        </ClipEditor>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void take('link', false);
          }}
        >
          <p>{t(live ? 'dashboard_live' : 'dashboard_unknown_length')}</p>
          {download}
        </form>
      )}
      {already && (
        <p class="notice" role="status">
          {t('dashboard_already')}{' '}
          <button
            type="button"
            class="quiet"
            data-hook="again"
            onClick={() => void take(duration > 0 ? 'range' : 'link', true)}
          >
            {t('dashboard_again')}
          </button>
        </p>
      )}
      {trouble && <Trouble error={trouble} />}
    </div>
  );
}

/** The range that the link itself names, else the whole video. */
function suggested(video: VideoInfo, duration: number): Range {
  const whole = wholeRange(duration);
  const start = toMillis(video.suggested_start_s ?? 0);
  const end = toMillis(video.suggested_end_s ?? duration);
  return start < end && end <= duration ? { start, end } : whole;
}
