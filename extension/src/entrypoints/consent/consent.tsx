import type { JSX } from 'preact';
import { browser } from 'wxt/browser';
import type { Tell } from '../../lib/asks';
import { t } from '../../ui/text';
import { sessionGrant } from '../background/session';

/** Asks, once for a site, whether clipferry may read its cookies at all; each clip that needs a session is asked about on its page. */
export function Consent(): JSX.Element {
  const facts = new URLSearchParams(location.hash.slice(1));
  const site = facts.get('site') ?? '';
  // First thing on the click: browsers grant a permission only while they handle one.
  const allow = () => {
    void browser.permissions.request(sessionGrant(site)).then(async (granted) => {
      if (!granted) return;
      const message: Tell = { tell: 'consented' };
      await browser.tabs.sendMessage(Number(facts.get('tab')), message, { frameId: Number(facts.get('frame')) });
      window.close();
    });
  };
  return (
    <>
      <h1>{t('consent_title', site)}</h1>
      <ul>
        <li>{t('consent_what', site)}</li>
        <li>{t('consent_where', site)}</li>
        <li>{t('consent_until')}</li>
      </ul>
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
