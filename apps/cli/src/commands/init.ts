import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { writeSampleProject } from '@merlon/server'
import { CliError } from '../cli-error.ts'
import type { Invocation, Outcome } from '../command.ts'
import { plain } from '../plain.ts'

/** `merlon init [DIR]`: a project that runs; nothing is overwritten without --yes. */
export async function run({ operands, options, world, ui, task }: Invocation): Promise<Outcome> {
  const dir = resolve(world.cwd, operands[0] ?? '.')
  const taken = sampleFiles.filter((file) => existsSync(join(dir, file)))
  const cd = operands[0] === undefined || operands[0] === '.' ? '' : `cd ${operands[0]} && `
  if (options.flag('dryRun')) {
    const rows = sampleFiles.map(
      (file) => `${taken.includes(file) ? 'replace' : 'write  '} ${file}`,
    )
    return {
      data: { dir, dryRun: true, files: sampleFiles, wouldReplace: taken },
      text: () => [`in ${plain(dir)}, with --yes:`, ...rows],
    }
  }
  if (taken.length > 0 && !options.flag('yes')) {
    const message = `${join(dir, taken[0]!)} is already there; --yes replaces it, --dry-run lists all files`
    throw new CliError('NOT_CONFIRMED', message)
  }
  await writeProject(dir, { tell: ui.tell, signal: task.signal })
  return {
    data: { dir, dryRun: false, files: sampleFiles, replaced: taken },
    text: (paint) => [
      `${paint.good('wrote')} a project in ${plain(dir)}`,
      ...sampleFiles.map((file) => `  ${file}`),
    ],
    next: [
      `${cd}merlon start`,
      `${cd}merlon assess digits --data digits --epsilon 0.1,0.2 --html report.html`,
    ],
  }
}

/** What `writeSampleProject` writes, and a page that says what to do with it. */
export const sampleFiles: readonly string[] = [
  'merlon.yaml',
  'merlon.schema.json',
  'models/digits.onnx',
  'data/digits/t10k-images-idx3-ubyte',
  'data/digits/t10k-labels-idx1-ubyte',
  'MERLON.md',
]

/** Made beside its place and moved there when it is whole: an interrupted init replaces nothing. */
async function writeProject(
  dir: string,
  how: Omit<Parameters<typeof writeSampleProject>[0], 'dir'>,
): Promise<void> {
  const draft = await makeDraft(dir)
  try {
    await writeSampleProject({ dir: draft, ...how })
    await writeFile(join(draft, 'MERLON.md'), nextSteps)
    for (const file of sampleFiles) {
      await mkdir(dirname(join(dir, file)), { recursive: true })
      await rename(join(draft, file), join(dir, file))
    }
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function makeDraft(dir: string): Promise<string> {
  try {
    await mkdir(dir, { recursive: true })
    return await mkdtemp(join(dir, '.merlon-draft-'))
  } catch (cause) {
    const message = `${dir} cannot be written; check its permissions or name another folder`
    throw new CliError('FILE_UNWRITABLE', message, { cause })
  }
}

const nextSteps = `# This project

A small digit classifier, data to attack it with, and a gateway in front of it.

1. \`merlon assess digits --data digits --epsilon 0.1,0.2 --html report.html\` attacks the model and
   writes a report to look at.
2. \`merlon start\` serves it and opens the console; the link logs you in.
3. \`merlon key create app-1 --role infer\` makes an API key for the route in \`merlon.yaml\`.
4. \`merlon audit verify\` checks that the record of all of this is whole.

Then put your own ONNX file and data into \`merlon.yaml\`: editors complete it by \`merlon.schema.json\`.
State (keys, sessions, the audit log) lies in \`.merlon/\`: keep that folder out of version control.
`
