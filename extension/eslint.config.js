import { readdirSync } from 'node:fs';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import noUnsanitized from 'eslint-plugin-no-unsanitized';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The layers: each folder of `src` and the folders that it may import from. Entry points and the dashboard are below. */
const LAYERS = {
  i18n: [],
  lib: [],
  clip: [],
  protocol: ['i18n'],
  sites: ['lib'],
  messaging: ['clip', 'protocol'],
  page: ['sites', 'messaging'],
  browser: ['sites', 'protocol', 'messaging'],
  ui: ['i18n', 'lib', 'clip', 'protocol', 'messaging'],
};
const DASHBOARD = ['i18n', 'lib', 'clip', 'protocol', 'ui'];

const folders = (path) =>
  readdirSync(new URL(path, import.meta.url), { withFileTypes: true }).filter((entry) => entry.isDirectory());

const zone = (target, from, except) => ({ target, from, except: except.map((folder) => `./${folder}`) });

const zones = [
  ...folders('./src')
    .filter(({ name }) => name !== 'entrypoints')
    .map(({ name }) => zone(`./src/${name}`, './src', [name, ...LAYERS[name]])),
  ...folders('./src/entrypoints').map(({ name }) => zone(`./src/entrypoints/${name}`, './src/entrypoints', [name])),
  zone('./dashboard', './src', DASHBOARD),
  zone('./src', './dashboard', []),
];

export default defineConfig(
  { ignores: ['.output', '.wxt', 'node_modules', 'src/protocol/generated.ts'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
      noUnsanitized.configs.recommended,
    ],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts', '.tsx'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.tsx', '.js'] })],
    },
    rules: {
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-restricted-paths': ['error', { zones, basePath: import.meta.dirname }],
      // `onClick={() => setOpen(true)}` reads better than a block.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // The opposite of tsc's noPropertyAccessFromIndexSignature.
      '@typescript-eslint/dot-notation': 'off',
      // One type parameter per method name: the callers' types follow from it.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-restricted-properties': ['error', { property: 'innerHTML', message: 'Never HTML from text.' }],
    },
  },
  {
    // Pure: no page, no browser.
    files: ['src/clip/**', 'src/protocol/client.ts', 'src/sites/*/match.ts'],
    rules: { 'no-restricted-globals': ['error', 'document', 'window', 'browser', 'chrome', 'location'] },
  },
);
