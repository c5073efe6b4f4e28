const UNITS = ['kB', 'MB', 'GB', 'TB'] as const;

/** `1530000` → `1.5 MB`. Decimal units, as file managers show them. */
export function formatBytes(bytes: number): string {
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = value < 10 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? 'TB'}`;
}
