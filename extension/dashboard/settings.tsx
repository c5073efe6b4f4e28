import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { toErrorInfo } from '../src/protocol/errors';
import type { ErrorInfo, RetentionPreview, Settings } from '../src/protocol/generated';
import { t, type MessageKey } from '../src/i18n/text';
import { Trouble } from '../src/ui/trouble';
import type { Connection } from './connection';
import { Engine } from './engine';
import { Going } from './going';

const HOUR = 3600;
const MB = 1_000_000;
const GB = 1_000_000_000;

type Updates = NonNullable<Settings['updates']>;

interface SettingsCardProps {
  connection: Connection;
  /** The page was opened for it. */
  opened: boolean;
}

/** The settings form. Loaded when it is opened, saved as a whole. */
export function SettingsCard({ connection, opened }: SettingsCardProps): JSX.Element {
  const card = useRef<HTMLDetailsElement>(null);
  const [settings, setSettings] = useState<Settings | null>(null);
  const [preview, setPreview] = useState<RetentionPreview | null>(null);
  const [trouble, setTrouble] = useState<ErrorInfo | null>(null);
  const [saved, setSaved] = useState(false);
  const run = (work: Promise<unknown>) => {
    setTrouble(null);
    work.catch((error: unknown) => setTrouble(toErrorInfo(error)));
  };
  const change = (part: Partial<Settings>) => {
    setSaved(false);
    setSettings((now) => now && { ...now, ...part });
  };
  const save = async () => {
    if (!settings) return;
    setSettings(await connection.call('settings.set', settings));
    setSaved(true);
  };
  const loaded = settings !== null;
  useEffect(() => {
    if (!opened || !card.current) return;
    card.current.open = true;
    // Once more when it is filled: before that there was nothing to scroll to.
    card.current.scrollIntoView();
  }, [opened, loaded]);
  const { max_age_days: days = null, max_total_bytes: bytes = null } = settings?.retention ?? {};
  useEffect(() => {
    setPreview(null);
    if (days === null && bytes === null) return;
    const asked = { max_age_days: days, max_total_bytes: bytes };
    run(connection.call('retention.preview', asked).then(setPreview));
  }, [days, bytes]);

  return (
    <details
      ref={card}
      class="card settings"
      data-hook="settings"
      onToggle={(event) => {
        if (event.currentTarget.open) run(connection.call('settings.get', {}).then(setSettings));
      }}
    >
      <summary>
        <h2>{t('settings_title')}</h2>
      </summary>
      {settings && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            run(save());
          }}
        >
          <Field label="settings_folder" hint={t('settings_folder_hint')}>
            <input
              type="text"
              dir="ltr"
              value={settings.downloads_dir ?? ''}
              data-hook="folder"
              onInput={({ currentTarget }) => change({ downloads_dir: currentTarget.value.trim() || null })}
            />
          </Field>
          <Field label="settings_template" hint={t('settings_template_hint')}>
            <input
              type="text"
              dir="ltr"
              required
              value={settings.name_template ?? ''}
              onInput={({ currentTarget }) => change({ name_template: currentTarget.value })}
            />
          </Field>
          <Field label="settings_concurrency">
            <NumberInput
              value={settings.concurrency ?? null}
              max={16}
              onNumber={(concurrency) => concurrency !== null && change({ concurrency })}
            />
          </Field>
          <Field label="settings_speed" hint={t('settings_speed_hint')}>
            <NumberInput
              value={scaled(settings.network?.speed_limit_bps, MB)}
              step={0.1}
              onNumber={(speed) =>
                change({ network: { ...settings.network, speed_limit_bps: speed && Math.round(speed * MB) } })
              }
            />
          </Field>
          <Field label="settings_recording_hours">
            <NumberInput
              value={scaled(settings.recording?.max_s, HOUR)}
              step={0.1}
              max={168}
              hook="recording-hours"
              onNumber={(hours) =>
                hours && change({ recording: { ...settings.recording, max_s: Math.round(hours * HOUR) } })
              }
            />
          </Field>
          <Field label="settings_recording_size" hint={t('settings_recording_hint')}>
            <NumberInput
              value={scaled(settings.recording?.max_bytes, GB)}
              step={0.1}
              hook="recording-size"
              onNumber={(size) =>
                size && change({ recording: { ...settings.recording, max_bytes: Math.round(size * GB) } })
              }
            />
          </Field>
          <Field label="settings_age">
            <NumberInput
              value={days}
              max={3650}
              onNumber={(age) => change({ retention: { max_age_days: age, max_total_bytes: bytes } })}
            />
          </Field>
          <Field label="settings_size" hint={t('settings_retention_hint')}>
            <NumberInput
              value={scaled(bytes, GB)}
              step={0.001}
              hook="retention-size"
              onNumber={(size) =>
                change({ retention: { max_age_days: days, max_total_bytes: size && Math.round(size * GB) } })
              }
            />
          </Field>
          {preview && preview.clips > 0 && <Going preview={preview} />}
          <Field label="settings_updates" hint={t('settings_updates_hint')}>
            <select
              value={settings.updates ?? 'auto'}
              data-hook="updates"
              onChange={({ currentTarget }) => change({ updates: currentTarget.value as Updates })}
            >
              <option value="auto">{t('settings_updates_auto')}</option>
              <option value="ask">{t('settings_updates_ask')}</option>
              <option value="off">{t('settings_updates_off')}</option>
            </select>
          </Field>
          <label class="check">
            <input
              type="checkbox"
              checked={settings.update_channel === 'nightly'}
              onChange={({ currentTarget }) => change({ update_channel: currentTarget.checked ? 'nightly' : 'stable' })}
            />
            {t('settings_nightly')}
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={settings.tray !== false}
              data-hook="tray"
              onChange={({ currentTarget }) => change({ tray: currentTarget.checked })}
            />
            {t('settings_tray')}
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={settings.notifications !== false}
              data-hook="notifications"
              onChange={({ currentTarget }) => change({ notifications: currentTarget.checked })}
            />
            {t('settings_notifications')}
          </label>
          <div class="save">
            <button type="submit" class="primary" data-hook="save-settings">
              {t('settings_save')}
            </button>
            <span role="status">{saved && t('settings_saved')}</span>
          </div>
        </form>
      )}
      {settings && <Engine connection={connection} />}
      {trouble && <Trouble error={trouble} />}
    </details>
  );
}

function Field({
  label,
  hint,
  children,
}: {
  label: MessageKey;
  hint?: string;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <label class="field">
      <span>{t(label)}</span>
      {children}
      {hint && <small>{hint}</small>}
    </label>
  );
}

interface NumberInputProps {
  value: number | null;
  step?: number;
  max?: number;
  hook?: string;
  onNumber: (value: number | null) => void;
}

/** Empty is `null`. */
function NumberInput({ value, step = 1, max, hook, onNumber }: NumberInputProps): JSX.Element {
  return (
    <input
      type="number"
      min={step}
      max={max}
      step={step}
      value={value ?? ''}
      data-hook={hook}
      onInput={({ currentTarget }) => onNumber(currentTarget.value === '' ? null : currentTarget.valueAsNumber)}
    />
  );
}

function scaled(bytes: number | null | undefined, unit: number): number | null {
  return bytes == null ? null : Math.round((bytes / unit) * 1000) / 1000;
}
