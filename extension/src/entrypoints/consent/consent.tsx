import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { browser } from 'wxt/browser';
import type { FrameMessage } from '../../messaging/page-messages';
import { toErrorInfo } from '../../protocol/errors';
import type { ErrorInfo } from '../../protocol/generated';
import { retryWithSession } from '../../ui/own-page';
import { t } from '../../i18n/text';
import { Trouble } from '../../ui/trouble';
import { sessionGrant } from '../../browser/session-cookies';

/** Requests, once per site, the permission to read its cookies. Each clip that needs a session is asked about separately. */
export function Consent(): JSX.Element {
  const facts = new URLSearchParams(location.hash.slice(1));
  const site = facts.get('site') ?? '';
  const [trouble, setTrouble] = useState<ErrorInfo | null>(null);
  const goOn = async () => {
    const [tab, job] = [Number(facts.get('tab')), facts.get('job')];
    const message: FrameMessage = { type: 'consented' };
    if (job !== null) await retryWithSession(job, tab);
    else await browser.tabs.sendMessage(tab, message, { frameId: Number(facts.get('frame')) });
    window.close();
  };
  // First on the click: browsers grant a permission only while they handle a user gesture.
  const allow = () => {
    browser.permissions
      .request(sessionGrant(site))
      .then((granted) => (granted ? goOn() : undefined))
      .catch((error: unknown) => setTrouble(toErrorInfo(error)));
  };
  return (
    <>
      <h1>{t('consent_title', site)}</h1>
      <ul>
        <li>{t('consent_what', site)}</li>
        <li>{t('consent_where', site)}</li>
        <li>{t('consent_until')}</li>
      </ul>
      {trouble && <Trouble error={trouble} />}
      <div class="buttons">
        <button type="button" class="quiet" onClick={() => window.close()}>
          {t('consent_no')}
        </button>
        <button type="button" class="primary" data-hook="allow" onClick={allow}>
          {t('consent_yes')}
        </button>
      </div>
    </>
  );
}
