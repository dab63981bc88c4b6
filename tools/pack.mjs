#!/usr/bin/env node
// Packs every public package and the command line into DIR (default ./packed), as they would be published.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, root } from './build.mjs'

const folder = resolve(process.argv[2] ?? 'packed')
mkdirSync(folder, { recursive: true })
if (!build('packages') || !build('console')) process.exit(2)
// Each archive carries the licence; git holds it once.
for (const group of ['packages', 'apps']) {
  for (const name of readdirSync(join(root, group))) {
    copyFileSync(join(root, 'LICENSE'), join(root, group, name, 'LICENSE'))
  }
}
const { status } = spawnSync('npm', ['pack', '--workspaces', '--pack-destination', folder], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
})
process.exitCode = status ?? 2
