import type { JSX } from 'preact';

const PATHS = {
  close: 'M6 6 18 18M18 6 6 18',
  play: 'M8 5.5v13l10.5-6.5Z',
  pause: 'M8.5 6v12M15.5 6v12',
  stop: 'M7 7h10v10H7Z',
  plus: 'M12 6v12M6 12h12',
  minus: 'M6 12h12',
  fit: 'M4 8V5h4M20 8V5h-4M4 16v3h4M20 16v3h-4M9 12h6',
  download: 'M12 4v11M7 10.5 12 15.5l5-5M5 19.5h14',
  folder: 'M3.5 7a2 2 0 0 1 2-2h4l2 2.5h7a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2Z',
  open: 'M14 5h5v5M19 5l-8 8M17 14v5H5V7h5',
  undo: 'M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10h-3',
  retry: 'M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1',
  copy: 'M9 9h10v10H9ZM5 15V5h10',
  up: 'M12 19V5.5M6.5 11 12 5.5l5.5 5.5',
  pin: 'M9 4h6l-.8 6 3.3 3.5H6.5L9.8 10ZM12 13.5V20',
  tick: 'M5 12.5 10 17.5 19.5 7',
  warning: 'M12 4 21 19.5H3ZM12 10v4.5M12 17v.2',
  film: 'M4 5h16v14H4ZM8 5v14M16 5v14M4 9.7h4M4 14.3h4M16 9.7h4M16 14.3h4',
  scissors:
    'M6 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM6 21a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8.4 7.8 20 19M8.4 16.2 20 5M11.8 11.1l.9.9',
} as const;

export type IconName = keyof typeof PATHS;

/** A line drawing in the text's colour. Hidden from screen readers: the control around it has the label. */
export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

interface IconButtonProps {
  icon: IconName;
  label: string;
  onClick: () => void;
  disabled?: boolean;
  /** For a button that stays pressed. */
  pressed?: boolean;
  hook?: string;
}

/** A button with an icon only, and its label as tooltip and for screen readers. */
export function IconButton(props: IconButtonProps): JSX.Element {
  const { icon, label, onClick, disabled = false, pressed, hook } = props;
  return (
    <button
      type="button"
      class="icon-button"
      title={label}
      aria-label={label}
      aria-pressed={pressed}
      disabled={disabled}
      data-hook={hook}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
