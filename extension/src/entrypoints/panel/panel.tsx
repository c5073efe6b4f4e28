import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ClipEditor } from '../../ui/clip-editor';
import { formatRecording } from '../../ui/format';
import { Icon, IconButton } from '../../ui/icons';
import { isClip } from '../../clip/range';
import { companionAway, sessionHelps, sessionRefused } from '../../protocol/errors';
import type { ErrorInfo } from '../../protocol/generated';
import { retryWhileVisible } from '../../lib/retry';
import { t } from '../../i18n/text';
import { Trouble } from '../../ui/trouble';
import type { Session } from './session';
import type { State } from './state';

/** Interval between two checks of the page while the panel is open, ms. */
const CHECK_MS = 500;

export function Panel({ session, state }: { session: Session; state: State }): JSX.Element {
  const [now, setNow] = useState(() => session.player?.now() ?? 0);
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    let request = requestAnimationFrame(function frame() {
      if (!session.tick()) {
        session.close();
        return;
      }
      setNow(session.player?.now() ?? 0);
      request = requestAnimationFrame(frame);
    });
    const timer = setInterval(() => session.check(), CHECK_MS);
    root.current?.focus({ preventScroll: true });
    return () => {
      cancelAnimationFrame(request);
      clearInterval(timer);
    };
  }, [session]);

  const away = state.trouble !== null && companionAway(state.trouble);
  useEffect(() => (away ? retryWhileVisible(() => void session.recover()) : undefined), [session, away]);

  const disabled = state.ad || state.sending;
  const player = { now: () => session.player?.now() ?? 0, seek: (time: number) => session.seek(time) };
  return (
    <section
      class="panel"
      role="dialog"
      aria-label={t('panel_title')}
      tabIndex={-1}
      ref={root}
      data-hook="panel"
      onKeyDown={(event) => {
        if (event.key === 'Escape') session.close();
      }}
    >
      <header>
        <Icon name="scissors" />
        <h1>{t('panel_title')}</h1>
        <span class="title">
          <bdi>{state.video?.title ?? state.title}</bdi>
        </span>
        {state.resolving && (
          <span class="busy" data-hook="resolving">
            {t('looking')}
          </span>
        )}
        <IconButton icon="close" label={t('close')} hook="close" onClick={() => session.close()} />
      </header>
      {state.ad && <p class="notice">{t('ad_playing')}</p>}
      {state.live && <p class="notice">{t('live_notice')}</p>}
      {state.recordings.map((job) => (
        <div key={job.file_id} class="recording" data-hook="recording">
          <span role="status">{formatRecording(job)}</span>
          <button type="button" class="stop" data-hook="finish" onClick={() => void session.act('finish', job)}>
            <Icon name="stop" />
            {t('stop_and_keep')}
          </button>
        </div>
      ))}
      {state.trouble && <PanelTrouble error={state.trouble} session={session} />}
      {state.duration === 0 && !state.trouble && <p class="notice">{t('video_loading')}</p>}
      {state.duration > 0 && (
        <ClipEditor
          duration={state.duration}
          range={state.range}
          onRange={(range, edge) => session.setRange(range, edge)}
          video={state.video}
          choices={session.choices()}
          choice={session.chosen()}
          onChoice={(key) => session.choose(key)}
          disabled={disabled}
          player={player}
          onDownload={() => void session.download()}
          playhead={now}
          middle={
            <button
              type="button"
              class="preview"
              aria-pressed={state.previewing}
              disabled={disabled || !isClip(state.range)}
              data-hook="preview"
              onClick={() => session.preview()}
            >
              <Icon name={state.previewing ? 'stop' : 'play'} />
              {t(state.previewing ? 'stop_preview' : 'preview')}
            </button>
          }
        >
          <button
            type="button"
            class="quiet whole"
            disabled={disabled}
            data-hook="whole"
            onClick={() => void session.download(null)}
          >
            {t(state.live ? 'record_broadcast' : 'whole_video')}
          </button>
          <button type="submit" class="primary" disabled={disabled || !isClip(state.range)} data-hook="download">
            <Icon name="download" />
            {t('download_clip')}
          </button>
        </ClipEditor>
      )}
    </section>
  );
}

/** An error, with the button to lend a session where the site requires a login. */
function PanelTrouble({ error, session }: { error: ErrorInfo; session: Session }): JSX.Element {
  const helps = sessionHelps(error) && location.protocol === 'https:';
  return (
    <Trouble error={error} url={location.href}>
      {helps && (
        <button type="button" class="quiet" data-hook="use-session" onClick={() => void session.useSession()}>
          {t(sessionRefused(error) ? 'use_session_again' : 'use_session', location.hostname)}
        </button>
      )}
    </Trouble>
  );
}
