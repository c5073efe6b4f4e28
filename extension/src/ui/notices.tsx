import type { JSX } from 'preact';

/** What the companion has to tell of its start: a history that was put aside, an update that was taken back. */
export function Notices({ texts }: { texts: readonly string[] }): JSX.Element {
  return (
    <>
      {texts.map((text) => (
        <p key={text} class="notice" role="status" data-hook="notice" dir="auto">
          {text}
        </p>
      ))}
    </>
  );
}
