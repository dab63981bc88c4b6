import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const source = (name: string) =>
  fileURLToPath(new URL(`../../packages/${name}/src/index.ts`, import.meta.url))

/** The console reads our packages from source, so that its build waits for no other. */
export default defineConfig({
  base: '/',
  plugins: [react()],
  resolve: {
    alias: [
      { find: '@merlon/api', replacement: source('api') },
      { find: '@merlon/core', replacement: source('core') },
      {
        find: /^zod$/,
        replacement: fileURLToPath(new URL('src/zod-without-eval.ts', import.meta.url)),
      },
    ],
  },
  build: {
    // Every browser that knows light-dark(), which the design tokens are written in.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    sourcemap: false,
    // Fonts and pictures stay files: the policy allows data: for pictures only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
