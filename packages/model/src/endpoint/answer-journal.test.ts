import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { batch, refusal, scores, testServer, wanted } from './test-server.test-support.ts'

const at = testServer()

describe('the journal of a run that crashed', () => {
  const path = () => join(at.folder, 'journals', 'run.jsonl')

  test('answers once what was answered before, and asks for the rest', async () => {
    const first = await at.opened({ batch: 1 }, { journal: path() })
    await scores(first, tensor([2, 2], batch.data.slice(0, 4)))
    // No close: the process is gone.
    const second = await at.opened({ batch: 1 }, { journal: path() })
    expect(await scores(second)).toEqual(wanted)
    expect(at.asked).toHaveLength(3)
    expect(second.usage).toEqual({ samples: 1, requests: 1, retries: 0, resumed: 2 })
    // Within one run a sample that is asked twice is asked twice.
    await scores(second)
    expect(at.asked).toHaveLength(6)
    await second.close(true)
    await expect(readFile(path())).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('goes on behind a line that the crash tore in two, and trusts no line that is damaged', async () => {
    const first = await at.opened({ batch: 1 }, { journal: path() })
    await scores(first)
    await first.close(false)
    const whole = await readFile(path(), 'utf8')
    await writeFile(path(), whole.slice(0, -10))
    const second = await at.opened({ batch: 1 }, { journal: path() })
    expect(await scores(second)).toEqual(wanted)
    expect(second.usage.resumed).toBe(2)
    await second.close(false)
    expect(await readFile(path(), 'utf8')).toBe(whole)
    await writeFile(path(), whole.replace('"scores"', '"stores"'))
    const third = await at.opened({ batch: 1 }, { journal: path() })
    expect(await scores(third)).toEqual(wanted)
    expect(third.usage.resumed).toBe(0)
  })

  test('is begun anew after a day, and is not taken for another address', async () => {
    const first = await at.opened({}, { journal: path() })
    await scores(first)
    await first.close(false)
    const other = await at.opened({ url: `${at.url}/other` }, { journal: path() })
    await scores(other)
    expect(other.usage.resumed).toBe(0)
    await other.close(false)
    const clock = () => Date.now() + 25 * 3_600_000
    const late = await at.opened({}, { journal: path(), clock, wait: async () => undefined })
    await scores(late)
    expect(late.usage.resumed).toBe(0)
  })

  test('that cannot be written is said before anything is asked', async () => {
    await writeFile(join(at.folder, 'journals'), '')
    expect(await refusal(at.opened({}, { journal: path() }))).toMatch(/^JOURNAL_UNUSABLE/)
  })
})
