import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { toErrorInfo } from '../src/protocol/errors';
import type { EngineInfo, ErrorInfo } from '../src/protocol/generated';
import { t } from '../src/i18n/text';
import { Trouble } from '../src/ui/trouble';
import type { Connection } from './connection';

/** The yt-dlp version in use, with buttons to check for a newer one, to update and to roll back. */
export function Engine({ connection }: { connection: Connection }): JSX.Element {
  const [engine, setEngine] = useState<EngineInfo | null>(null);
  const [busy, setBusy] = useState(true);
  const [looked, setLooked] = useState(false);
  const [trouble, setTrouble] = useState<ErrorInfo | null>(null);
  const run = (work: Promise<EngineInfo>) => {
    setBusy(true);
    setTrouble(null);
    work
      .then(setEngine, (error: unknown) => setTrouble(toErrorInfo(error)))
      .finally(() => {
        setBusy(false);
      });
  };
  useEffect(() => {
    run(connection.call('engine.get', {}));
  }, [connection]);
  const { offer = null, note = null } = engine ?? {};

  return (
    <section class="engine" data-hook="engine" aria-busy={busy}>
      <p>
        {t('engine_in_use', engine?.version ?? '…')}{' '}
        {looked && !busy && !trouble && offer === null && t('engine_newest')}
      </p>
      {note !== null && <p class="notice">{note}</p>}
      <div class="actions">
        {offer === null ? (
          <button
            type="button"
            class="preview"
            disabled={busy}
            data-hook="engine-look"
            onClick={() => {
              setLooked(true);
              run(connection.call('engine.update', { check_only: true }));
            }}
          >
            {t(busy && looked ? 'engine_busy' : 'engine_look')}
          </button>
        ) : (
          <button
            type="button"
            class="primary"
            disabled={busy}
            data-hook="engine-update"
            onClick={() => {
              setLooked(false);
              run(connection.call('engine.update', {}));
            }}
          >
            {t(busy ? 'engine_busy' : 'engine_update', offer)}
          </button>
        )}
        {engine && !engine.installed && (
          <button
            type="button"
            class="preview"
            disabled={busy}
            data-hook="engine-back"
            onClick={() => {
              run(connection.call('engine.rollback', {}));
            }}
          >
            {t('engine_back')}
          </button>
        )}
      </div>
      {trouble && <Trouble error={trouble} />}
    </section>
  );
}
