import noUnsanitized from 'eslint-plugin-no-unsanitized';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

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
    rules: {
      // `onClick={() => setOpen(true)}` reads better than a block.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // tsc's noPropertyAccessFromIndexSignature says the opposite.
      '@typescript-eslint/dot-notation': 'off',
      // Several verbs, one type for each: the callers' types follow from it.
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
