import { readFileSync } from 'node:fs';
import { defineConfig } from 'wxt';
import { DEMO_MATCHES, SITE_MATCHES } from './src/sites/matches';

/** The names that the extension, the native host and `clipferry setup` share. */
interface Identity {
  host_name: string;
  chrome_key: string;
  chrome_id: string;
  firefox_id: string;
}

const identityFile = new URL('../native-host/clipferry_host/identity.json', import.meta.url);
const identity = JSON.parse(readFileSync(identityFile, 'utf8')) as Identity;

export default defineConfig({
  srcDir: 'src',
  manifestVersion: 3,
  imports: false,
  vite: () => ({
    define: { __HOST_NAME__: JSON.stringify(identity.host_name) },
    build: { modulePreload: { polyfill: false } },
  }),
  manifest: ({ browser }) => ({
    name: '__MSG_extension_name__',
    short_name: 'clipferry',
    description: '__MSG_extension_description__',
    default_locale: 'en',
    permissions: ['nativeMessaging', 'scripting', 'storage', 'contextMenus', 'activeTab', 'clipboardWrite'],
    // Asked for when a person first lends their session to a clip, by entrypoints/consent.
    optional_permissions: ['cookies'],
    // As above, for the domain of that one site: `host_permissions` that grow would disable the extension at an update.
    optional_host_permissions: ['https://*/*'],
    host_permissions: [...SITE_MATCHES, ...DEMO_MATCHES],
    content_scripts: [
      {
        matches: [...SITE_MATCHES, ...DEMO_MATCHES],
        all_frames: true,
        run_at: 'document_end',
        js: ['boot.js'],
        css: ['assets/button.css'],
      },
    ],
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
              data_collection_permissions: { required: ['none'] },
            },
          },
        }
      : { key: identity.chrome_key, minimum_chrome_version: '126' }),
  }),
});
