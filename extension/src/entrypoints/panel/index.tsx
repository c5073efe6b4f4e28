import { render } from 'preact';
import { browser } from 'wxt/browser';
import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script';
import type { FrameMessage } from '../../messaging/page-messages';
import { shared } from '../../page/shared';
import { useBrowserMessages } from '../../i18n/browser-messages';
import { Toasts } from '../../ui/toast';
import { Mark } from './mark';
import { Mount } from './mount';
import { Panel } from './panel';
import { SeenNotes } from './seen-notes';
import { Session } from './session';

/** Loaded into a frame when it is first needed: the panel, the notes, and the keys' marks. */
export default defineUnlistedScript(() => {
  const ours = shared();
  if (ours.panel) return;
  useBrowserMessages();

  const panel = new Mount('clipferry-panel');
  const notes = new Mount('clipferry-notes');
  const mark = new Mark();
  const seen = new SeenNotes((fileId) => void session.seen(fileId));
  let drawn = false;
  const session: Session = new Session(() => {
    // Several changes in a row are rendered once.
    if (drawn) return;
    drawn = true;
    queueMicrotask(draw);
  });

  function draw(): void {
    drawn = false;
    const { state, player } = session;
    const place = player?.place ?? null;
    const open = state.open && player !== null;
    render(open ? <Panel session={session} state={state} /> : null, panel.root);
    panel.show(open ? place : null);
    mark.show(open ? place : null, state);
    render(
      <Toasts
        notes={state.notes}
        onHold={(held) => session.hold(held)}
        onAction={(action, note) => {
          const job = note.kind === 'said' ? undefined : note.job;
          if (action === 'close' || job === undefined) session.drop(note.id);
          else void session.act(action, job, note);
        }}
      />,
      notes.root,
    );
    notes.show(state.notes.length > 0 ? (place ?? 'window') : null);
    seen.look(state.notes, notes.inSight);
  }

  ours.panel = (command) => {
    session.command(command);
  };
  browser.runtime.onMessage.addListener((message: unknown, sender) => {
    // Only from the background or a window of the extension, never from another tab's content script.
    const own = sender.tab === undefined || sender.url?.startsWith(browser.runtime.getURL('/')) === true;
    if (sender.id === browser.runtime.id && own) session.receive(message as FrameMessage);
    return false;
  });
});
