import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { formatTime, parseTime } from '../clip/timecode';
import { t } from '../i18n/text';

interface TimeFieldProps {
  label: string;
  value: number;
  /** One frame, seconds. */
  frame: number;
  disabled?: boolean;
  hook: string;
  onChange: (time: number) => void;
}

/** A time code to type into. Up and down move it by a second, with Shift by a frame; Enter or leaving it takes the text. */
export function TimeField({ label, value, frame, disabled = false, hook, onChange }: TimeFieldProps): JSX.Element {
  const [draft, setDraft] = useState<string | null>(null);
  useEffect(() => {
    setDraft(null);
  }, [value]);
  const parsed = draft === null ? value : parseTime(draft);
  // From the field itself: Enter may come before the last letter has been drawn.
  const take = (field: HTMLInputElement) => {
    const time = parseTime(field.value);
    if (time === null) return;
    setDraft(null);
    if (time !== value) onChange(time);
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLInputElement>) => {
    const field = event.currentTarget;
    const direction = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (event.key === 'Enter') {
      // Takes the time, and does not send the form.
      event.preventDefault();
      take(field);
    } else if (event.key === 'Escape' && draft !== null) {
      event.stopPropagation();
      setDraft(null);
    } else if (direction !== 0) {
      event.preventDefault();
      onChange(Math.max(0, (parseTime(field.value) ?? value) + direction * (event.shiftKey ? frame : 1)));
    }
  };
  return (
    <input
      ref={(field) => field?.setCustomValidity(parsed === null ? t('not_a_time') : '')}
      class="time"
      type="text"
      inputMode="decimal"
      dir="ltr"
      autocomplete="off"
      spellcheck={false}
      aria-label={label}
      aria-invalid={parsed === null}
      title={parsed === null ? t('not_a_time') : ''}
      disabled={disabled}
      data-hook={hook}
      value={draft ?? formatTime(value)}
      onInput={(event) => setDraft(event.currentTarget.value)}
      onBlur={(event) => take(event.currentTarget)}
      onKeyDown={onKeyDown}
    />
  );
}
