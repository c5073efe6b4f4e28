import { WxtVitest } from 'wxt/testing/vitest-plugin';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [await WxtVitest()],
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}', 'dashboard/**/*.test.{ts,tsx}'] },
});
