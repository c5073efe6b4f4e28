import { readFileSync } from 'node:fs';
import { defineConfig } from 'wxt';
import type { UserManifest } from 'wxt';
import { DEMO, SITES } from './src/sites/patterns';

/** The names that the extension, the native host and `clipferry setup` share. */
interface Identity {
  host_name: string;
  chrome_key: string;
  chrome_id: string;
  firefox_id: string;
}

const identityFile = new URL('../native-host/clipferry_host/identity.json', import.meta.url);
const identity = JSON.parse(readFileSync(identityFile, 'utf8')) as Identity;

/** What is in the package only where the extension knows sites by name: their buttons. */
const ON_SITES = new Set(['boot', 'button', 'player-bridge']);
/** Texts of the dashboard alone, which brings its own. */
const DASHBOARD_TEXT = /^(settings|engine)_/;
/** Names that the store's edition does not carry. An error whose text has one is shown in the companion's words. */
const SITE_NAME = /youtu|instagram|yt-dlp/i;
const names = ({ message }: { message: string }): boolean => SITE_NAME.test(message);

// WXT takes the mode for NODE_ENV where there is none, and Vite builds for development wherever that is not "production":
// with the paths of the machine that built it in each element.
if (process.env['NODE_ENV'] === 'store') process.env['NODE_ENV'] = 'production';

/** The full edition is at home on the pages of its sites; the store's gets at a page when a person calls it there. */
function access(mode: string): UserManifest {
  if (mode === 'store') return { description: '__MSG_extension_description_store__' };
  const matches = [...SITES, ...DEMO];
  return {
    description: '__MSG_extension_description__',
    host_permissions: matches,
    content_scripts: [
      { matches, all_frames: true, run_at: 'document_end', js: ['boot.js'], css: ['assets/button.css'] },
    ],
  };
}

export default defineConfig({
  srcDir: 'src',
  manifestVersion: 3,
  imports: false,
  vite: () => ({
    define: { __HOST_NAME__: JSON.stringify(identity.host_name) },
    build: { modulePreload: { polyfill: false } },
  }),
  hooks: {
    'entrypoints:found': (wxt, found) => {
      if (wxt.config.mode !== 'store') return;
      found.splice(0, found.length, ...found.filter(({ name }) => !ON_SITES.has(name)));
    },
    'build:publicAssets': (wxt, files) => {
      if (wxt.config.mode !== 'store') return;
      for (const [at, file] of files.entries()) {
        if (!('absoluteSrc' in file) || !file.relativeDest.endsWith('messages.json')) continue;
        const texts = JSON.parse(readFileSync(file.absoluteSrc, 'utf8')) as Record<string, { message: string }>;
        const own = Object.entries(texts).filter(([key, text]) => !DASHBOARD_TEXT.test(key) && !names(text));
        files[at] = { relativeDest: file.relativeDest, contents: JSON.stringify(Object.fromEntries(own), null, 2) };
      }
    },
  },
  zip: {
    artifactTemplate: '{{name}}-{{version}}-{{browser}}{{modeSuffix}}.zip',
    sourcesTemplate: '{{name}}-{{version}}-sources.zip',
    // The names that are shared with the native host lie outside of this folder, and the build needs them.
    sourcesRoot: '..',
    includeSources: ['extension/**/*', 'native-host/clipferry_host/identity.json', 'docs/LICENSE'],
    excludeSources: ['extension/hatch_build.py'],
  },
  manifest: ({ browser, mode }) => ({
    name: '__MSG_extension_name__',
    short_name: 'clipferry',
    default_locale: 'en',
    permissions: ['nativeMessaging', 'scripting', 'storage', 'contextMenus', 'activeTab', 'clipboardWrite'],
    // Asked for when a person first lends their session to a clip, by entrypoints/consent.
    optional_permissions: ['cookies'],
    // As above, for the domain of that one site: `host_permissions` that grow would disable the extension at an update.
    optional_host_permissions: ['https://*/*'],
    ...access(mode),
    icons: { 16: 'icon/16.png', 32: 'icon/32.png', 48: 'icon/48.png', 128: 'icon/128.png' },
    action: {
      default_title: '__MSG_extension_name__',
      default_icon: { 16: 'icon/16.png', 32: 'icon/32.png' },
    },
    // At most four are suggested. Of Alt+Shift and a letter, Chromium 156 grants D to M, O, Q, S, U, V, Y, and in Firefox 153 the
    // menus keep B, E, F, H, S, T, V (each pressed in both, tests/e2e/test_keys.py has these four).
    commands: {
      'mark-start': { suggested_key: { default: 'Alt+Shift+J' }, description: '__MSG_command_mark_start__' },
      'mark-end': { suggested_key: { default: 'Alt+Shift+K' }, description: '__MSG_command_mark_end__' },
      'open-panel': { suggested_key: { default: 'Alt+Shift+O' }, description: '__MSG_command_open_panel__' },
      'clip-last': { suggested_key: { default: 'Alt+Shift+L' }, description: '__MSG_command_clip_last__' },
    },
    ...(browser === 'firefox'
      ? {
          browser_specific_settings: {
            gecko: {
              id: identity.firefox_id,
              strict_min_version: '140.0',
              // What goes to the companion counts as sent (addons.mozilla.org policies, 6): the address of the page whose video is
              // clipped; a session's cookies, asked for by entrypoints/consent together with the permission to read them.
              data_collection_permissions: { required: ['browsingActivity'], optional: ['authenticationInfo'] },
            },
          },
        }
      : { minimum_chrome_version: '126' }),
    // It fixes the id of the extension that is loaded from a folder. Stores give ids of their own and take no key.
    ...(browser === 'chrome' && mode !== 'store' ? { key: identity.chrome_key } : {}),
  }),
});
