import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cliReference } from '../apps/cli/src/reference.ts'

// Writes docs/reference/cli.md from the commands as they are: npx tsx tools/docs-cli.ts
const path = fileURLToPath(new URL('../docs/reference/cli.md', import.meta.url))
mkdirSync(fileURLToPath(new URL('.', `file://${path}`)), { recursive: true })
writeFileSync(path, await cliReference())
