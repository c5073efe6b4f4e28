import type { JSX } from 'preact';
import type { RetentionPreview } from '../src/protocol/generated';
import { formatBytes } from '../src/ui/format-bytes';
import { t } from '../src/i18n/text';

/** The clips that the retention limits in the form would delete, listed before they are saved. */
export function Going({ preview }: { preview: RetentionPreview }): JSX.Element {
  const named = preview.jobs ?? [];
  return (
    <details class="going" data-hook="going">
      <summary>{t('settings_retention_now', preview.clips, formatBytes(preview.size_bytes))}</summary>
      <ul>
        {named.map((job) => (
          <li key={job.file_id}>
            <bdi>{job.file_name ?? job.title ?? job.url}</bdi>
          </li>
        ))}
        {preview.clips > named.length && <li>{t('settings_retention_more', preview.clips - named.length)}</li>}
      </ul>
    </details>
  );
}
