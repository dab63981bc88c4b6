import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
const alias = ['packages', 'apps'].flatMap((group) =>
  readdirSync(`${root}${group}`).map((name) => ({
    find: `@merlon/${name}`,
    replacement: `${root}${group}/${name}/src/index.ts`,
  })),
)

/** Unit tests beside the code run on the sources; `test/` drives what is built. */
export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          setupFiles: 'tools/property-seed.ts',
          include: [
            'packages/*/src/**/*.test.ts',
            'apps/*/src/**/*.test.{ts,tsx}',
            'tools/*.test.ts',
          ],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'end-to-end',
          globalSetup: 'test/support/demo-template.ts',
          include: ['test/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
