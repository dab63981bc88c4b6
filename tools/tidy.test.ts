import { existsSync, readFileSync } from 'node:fs'
import { version } from '@merlon/core'
import { describe, expect, test } from 'vitest'
import { layers } from './layers.ts'
import { root, type SourceFile, sourceFiles } from './source-files.ts'

const typescript = sourceFiles('.ts', '.tsx')
const product = typescript.filter(
  ({ path }) =>
    /^(packages|apps)\/[^/]+\/src\//.test(path) && !/\.test(-support)?\.tsx?$/.test(path),
)
const packageFolders = Object.keys(layers)

interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')) as Manifest
}

function importsOf({ text }: SourceFile): readonly string[] {
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)
  return [...found].map((match) => match[1]!)
}

function offenders(files: readonly SourceFile[], isWrong: (file: SourceFile) => boolean): string[] {
  expect(files.length, 'a check that looked at nothing proves nothing').toBeGreaterThan(0)
  return files.filter(isWrong).map(({ path }) => path)
}

describe('the map', () => {
  test.each(packageFolders)('%s imports only what the layer table allows', (folder) => {
    const files = typescript.filter(
      ({ path }) => path.startsWith(`${folder}/src/`) && !path.includes('.test'),
    )
    const allowed = new Set(layers[folder])
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('@merlon/'))
        .filter(
          (name) => !allowed.has(name.slice('@merlon/'.length).replace(/\/package\.json$/, '')),
        )
        .map((name) => `${file.path} imports ${name}`),
    )
    expect(files.length).toBeGreaterThan(0)
    expect(wrong).toEqual([])
  })

  test.each(packageFolders)('%s declares only layers below it', (folder) => {
    const { dependencies = {}, devDependencies = {} } = manifest(folder)
    const ours = Object.keys({ ...dependencies, ...devDependencies }).filter((name) =>
      name.startsWith('@merlon/'),
    )
    const allowed = new Set(layers[folder]!.map((name) => `@merlon/${name}`))
    expect(ours.filter((name) => !allowed.has(name))).toEqual([])
  })

  test('every package on disk is on the map', () => {
    const folders = new Set(
      sourceFiles('package.json')
        .map(({ path }) => path.replace(/\/?package\.json$/, ''))
        .filter((path) => /^(packages|apps)\/[^/]+$/.test(path)),
    )
    expect([...folders].sort()).toEqual([...packageFolders].sort())
  })

  test('nobody imports past a door', () => {
    const deep = (file: SourceFile) =>
      importsOf(file).some((name) => /^@merlon\/[^/]+\/(?!package\.json$)/.test(name))
    const across = (file: SourceFile) =>
      importsOf(file).some((name) => /^(\.\.\/)+(packages|apps)\//.test(name))
    expect(offenders(product, (file) => deep(file) || across(file))).toEqual([])
  })

  test('every version is the same one', () => {
    for (const folder of ['.', ...packageFolders]) expect(manifest(folder).version).toBe(version)
  })

  test('every dependency is pinned exactly', () => {
    const loose = ['.', ...packageFolders].flatMap((folder) => {
      const { dependencies = {}, devDependencies = {} } = manifest(folder)
      return Object.entries({ ...dependencies, ...devDependencies })
        .filter(([, range]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range))
        .map(([name, range]) => `${folder}: ${name} ${range}`)
    })
    expect(loose).toEqual([])
  })
})

const linesMax = 400
const tableLinesMax = 600
/** Pure tables, one row per case. */
const tables = new Set<string>([])

describe('the files', () => {
  test('are short enough to read', () => {
    const long = (file: SourceFile) =>
      file.text.split('\n').length > (tables.has(file.path) ? tableLinesMax : linesMax) &&
      !file.path.endsWith('_pb.ts')
    expect(offenders(typescript, long)).toEqual([])
  })

  test('are named in kebab-case', () => {
    const name = (file: SourceFile) => file.path.split('/').at(-1)!
    const odd = (file: SourceFile) =>
      !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.test-support|\.config|\.module)?\.(d\.)?tsx?$/.test(
        name(file),
      ) && !name(file).endsWith('_pb.ts')
    expect(offenders(typescript, odd)).toEqual([])
  })

  test('never sit in a drawer', () => {
    const drawer = /(^|\/)(utils?|helpers?|common|shared|misc|types|services|managers)(\/|\.tsx?$)/
    expect(offenders(typescript, ({ path }) => drawer.test(path))).toEqual([])
  })

  test('keep the world out of the packages', () => {
    const world = /\b(Math\.random\(|Date\.now\(|process\.env\b|console\.\w+\(|globalThis\.fetch\()/
    const pure = product.filter(({ path }) => !/^apps\/|^packages\/store\//.test(path))
    expect(offenders(pure, ({ text }) => world.test(text))).toEqual([])
  })

  test('have one door each, without stars and defaults', () => {
    const doors = product.filter(({ path }) => path.endsWith('/src/index.ts'))
    expect(offenders(doors, ({ text }) => /export \*/.test(text))).toEqual([])
    expect(offenders(product, ({ text }) => /^export default/m.test(text))).toEqual([])
  })

  test('use no any, no enum, no leftover notes to self', () => {
    const wrong = /\bas any\b|: any\b|<any>|^(export )?(const )?enum |\b(TODO|FIXME|XXX)\b/m
    expect(offenders(product, ({ text }) => wrong.test(text))).toEqual([])
  })
})

describe('the project', () => {
  const everything = sourceFiles(
    '.ts',
    '.tsx',
    '.mjs',
    '.md',
    '.json',
    '.yaml',
    '.yml',
    '.html',
    '.css',
    'run',
  )

  test('names no package registry host', () => {
    const host = new RegExp(['registry', 'npmjs', 'org'].join('\\.'))
    expect(offenders(everything, ({ text }) => host.test(text))).toEqual([])
  })

  test('names no path of the machine it was written on', () => {
    const machine = new RegExp(`/(${['work', 'root', 'home'].join('|')})/(main|shared|\\w+/merlon)`)
    expect(offenders(everything, ({ text }) => machine.test(text))).toEqual([])
  })

  test('has a README for each package', () => {
    expect(packageFolders.filter((folder) => !existsSync(`${root}${folder}/README.md`))).toEqual([])
  })

  test('has a lock file that every platform can install from', () => {
    interface Locked {
      readonly version?: string
      readonly link?: boolean
      readonly optionalDependencies?: Readonly<Record<string, string>>
    }
    const lock = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')) as {
      readonly packages: Readonly<Record<string, Locked>>
    }
    const paths = Object.keys(lock.packages)
    const missing = Object.values(lock.packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies).filter(
        (name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)),
      ),
    )
    expect(paths.length).toBeGreaterThan(100)
    expect(missing).toEqual([])
  })

  test('installs without scripts', () => {
    expect(readFileSync(`${root}.npmrc`, 'utf8')).toMatch(/^ignore-scripts=true$/m)
  })
})
