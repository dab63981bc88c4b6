import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root, shell } from './support/merlon.ts'

const pages = [
  'README.md',
  ...['docs/tutorials', 'docs/guides'].flatMap((folder) =>
    readdirSync(`${root}${folder}`)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
]

interface Block {
  readonly language: string
  readonly text: string
  /** `<!-- run by test/x.test.ts -->` above a block: that test runs it in its own way. */
  readonly runBy: string | undefined
}

function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(root + page, 'utf8')
  const fence = /(?:<!-- run by (\S+) -->\n+)?^```(\w*)\n([\s\S]*?)^```$/gm
  return [...text.matchAll(fence)].map((match) => ({
    runBy: match[1],
    language: match[2]!,
    text: match[3]!,
  }))
}

/** `sh` blocks run, in order, in one empty folder; a `yaml` or `json` block whose first line is `# FILE` is written there. */
function scriptOf(blocks: readonly Block[]): string {
  return blocks
    .filter(({ runBy }) => runBy === undefined)
    .map(({ language, text }) => {
      const file = /^# (\S+\.(?:yaml|yml))\n/.exec(text)?.[1]
      if (language === 'yaml' && file !== undefined) {
        return `cat > ${file} <<'END_OF_FILE'\n${text}END_OF_FILE\n`
      }
      return language === 'sh' ? text.replaceAll('npx merlon', 'merlon') : ''
    })
    .join('\n')
}

describe('the docs', () => {
  test('are there to be run', () => {
    expect(pages.length).toBeGreaterThan(3)
  })

  test.each(pages)('%s uses only fences that are run, or that show output', (page) => {
    const known = new Set(['sh', 'yaml', 'text', 'json', 'ts'])
    const odd = blocksOf(page).filter(({ language }) => !known.has(language))
    expect(odd).toEqual([])
  })

  test.each(pages)('%s works as written', async (page) => {
    const script = scriptOf(blocksOf(page))
    if (script.trim() === '') return
    const folder = mkdtempSync(join(tmpdir(), 'merlon-docs-'))
    try {
      // What a page leaves running in the background ends with its shell.
      const ran = await shell(`trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n${script}`, {
        cwd: folder,
        env: { MERLON_STATE: `${folder}/.merlon` },
      })
      expect(ran.code, `${script}\n${ran.stdout}\n${ran.stderr}`).toBe(0)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
