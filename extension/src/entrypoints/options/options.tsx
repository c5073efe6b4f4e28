import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { browser, type Browser } from 'wxt/browser';
import { SITE_MATCHES } from '../../sites/matches';
import { t } from '../../i18n/text';

/** The settings of the browser: keys and access to sites. All others are the companion's, in its dashboard. */
export function Options(): JSX.Element {
  return (
    <>
      <h1>{t('options_title')}</h1>
      {SITE_MATCHES.length > 0 && <Sites />}
      <Keys />
      <p class="version">{t('options_version', browser.runtime.getManifest().version)}</p>
    </>
  );
}

/** In Firefox access can be revoked at any time, and an update does not request new sites. */
function Sites(): JSX.Element {
  const [allowed, setAllowed] = useState<ReadonlySet<string>>(new Set());
  const look = () => {
    void browser.permissions.getAll().then(({ origins }) => setAllowed(new Set(origins)));
  };
  useEffect(look, []);
  return (
    <section>
      <h2>{t('options_sites')}</h2>
      <p>{t('options_sites_hint')}</p>
      <ul>
        {SITE_MATCHES.map((pattern) => (
          <li key={pattern}>
            <span dir="ltr">{pattern.replace(/^https:\/\/|\/\*$/g, '')}</span>
            {allowed.has(pattern) ? (
              <span class="allowed">{t('options_allowed')}</span>
            ) : (
              <button
                type="button"
                class="quiet"
                onClick={() => void browser.permissions.request({ origins: [pattern] }).then(look)}
              >
                {t('options_allow')}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Keys(): JSX.Element {
  const [commands, setCommands] = useState<Browser.commands.Command[]>([]);
  useEffect(() => {
    void browser.commands.getAll().then((all) => setCommands(all.filter(({ description }) => description)));
  }, []);
  return (
    <section>
      <h2>{t('options_keys')}</h2>
      <p>{t('options_keys_hint')}</p>
      <button type="button" class="quiet" data-hook="change-keys" onClick={() => void openShortcuts()}>
        {t('options_change_keys')}
      </button>
      <ul>
        {commands.map(({ name, description, shortcut }) => (
          <li key={name}>
            <span>{description}</span>
            <kbd dir="ltr">{shortcut === '' ? t('options_no_key') : shortcut}</kbd>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The browser's own list: Firefox opens it by a call (137 and later), Chromium by an address that only extensions may open. */
async function openShortcuts(): Promise<void> {
  const commands = browser.commands as typeof browser.commands & { openShortcutSettings?: () => Promise<void> };
  if (commands.openShortcutSettings) await commands.openShortcutSettings();
  else await browser.tabs.create({ url: 'chrome://extensions/shortcuts' });
}
