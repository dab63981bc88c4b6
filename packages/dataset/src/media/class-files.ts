import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatasetOptions, Split } from '../dataset.ts'
import { DatasetError } from '../dataset-error.ts'
import { limits } from '../limits.ts'
import { fileError } from '../stored-file.ts'

/** One picture or recording, and the class that its folder or name says. */
export interface ClassFile {
  readonly path: string
  /** Under the folder that was opened, with forward slashes. */
  readonly name: string
  readonly label: string
}

/** Files of one kind with their classes, in the order in which they become samples. */
export interface ClassFiles {
  readonly kind: 'pictures' | 'sounds'
  readonly split: Split | undefined
  /** Sorted by code units. */
  readonly labelNames: readonly string[]
  /** The classes take turns, so that the first samples are of all of them. */
  readonly files: readonly ClassFile[]
}

/**
 * The pictures or recordings of a folder: one folder per class, perhaps under `test` and `train`; or files whose names say the
 * class, where `labels` is a pattern such as `{label}_*`. Undefined: the folder holds neither.
 * @throws DatasetError DATASET_LABELS_MISSING, _AMBIGUOUS, _SPLIT_MISSING, _TOO_LARGE, _FORMAT_UNKNOWN, and what reading a folder throws
 */
export async function classFilesIn(
  folder: string,
  options: DatasetOptions,
): Promise<ClassFiles | undefined> {
  const entries = await entriesOf(folder)
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const direct = entries.filter(({ name }) => kindOf(name) !== undefined)
  if (direct.length > 0) return namedFiles(folder, direct, options)
  if (entries.some((entry) => entry.isFile() && otherSource.test(entry.name))) return undefined
  const splits = new Map(
    folders.flatMap((name) => {
      const split = splitNames.get(name.toLowerCase())
      return split === undefined ? [] : [[split, name] as const]
    }),
  )
  if (folders.length > 0 && splits.size > 0 && splits.size === folders.length) {
    const split = options.split ?? (splits.has('test') ? 'test' : 'train')
    const name = splits.get(split)
    if (name === undefined) {
      throw new DatasetError(
        'DATASET_SPLIT_MISSING',
        `${folder} has no ${split} split; leave --split out or take the other one`,
      )
    }
    const found = await classFolders(join(folder, name))
    return found === undefined ? undefined : { ...found, split }
  }
  return classFolders(folder)
}

/** What the readers of single files look for. */
const otherSource = /\.(csv|tsv|jsonl|parquet|np[yz])(\.gz)?$|images|labels/i

const splitNames: ReadonlyMap<string, Split> = new Map([
  ['test', 'test'],
  ['train', 'train'],
  ['training', 'train'],
  ['testing', 'test'],
])

const extensions: Readonly<Record<string, ClassFiles['kind']>> = {
  png: 'pictures',
  jpg: 'pictures',
  jpeg: 'pictures',
  wav: 'sounds',
}

function kindOf(name: string): ClassFiles['kind'] | undefined {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase()
  return extension !== undefined && Object.hasOwn(extensions, extension)
    ? extensions[extension]
    : undefined
}

async function classFolders(folder: string): Promise<ClassFiles | undefined> {
  const labels = (await entriesOf(folder))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
  if (labels.length > limits.classesMax) {
    throw tooLarge(folder, `${labels.length} folders, the limit is ${limits.classesMax} classes`)
  }
  const byClass: ClassFile[][] = []
  for (const label of labels) {
    const inside = await entriesOf(join(folder, label))
    byClass.push(
      inside.map(({ name }) => ({
        path: join(folder, label, name),
        name: `${label}/${name}`,
        label,
      })),
    )
  }
  if (!byClass.flat().some(({ name }) => kindOf(name) !== undefined)) return undefined
  const empty = labels.find((_, i) => byClass[i]!.length === 0)
  if (empty !== undefined) {
    throw new DatasetError(
      'DATASET_EMPTY',
      `the class ${JSON.stringify(empty)} of ${folder} has no file; take its folder away or fill it`,
    )
  }
  return turns(folder, byClass)
}

function namedFiles(
  folder: string,
  entries: readonly Dirent[],
  { labels }: DatasetOptions,
): ClassFiles {
  const pattern = labels?.includes('{label}') ? patternOf(labels) : undefined
  if (pattern === undefined) {
    throw new DatasetError(
      'DATASET_LABELS_MISSING',
      `${folder} holds files without classes; put those of each class in a folder of its own, or say how names begin, such as --labels '{label}_*'`,
    )
  }
  const byClass = new Map<string, ClassFile[]>()
  for (const { name } of entries) {
    const label = pattern.exec(name)?.[1]
    if (label === undefined) {
      throw new DatasetError(
        'DATASET_LABELS_MISSING',
        `${join(folder, name)} does not match the pattern of labels; mend the pattern or the name`,
      )
    }
    byClass.set(label, [...(byClass.get(label) ?? []), { path: join(folder, name), name, label }])
  }
  if (byClass.size > limits.classesMax) throw tooLarge(folder, `${byClass.size} classes`)
  const sorted = [...byClass.keys()].sort()
  return turns(
    folder,
    sorted.map((label) => byClass.get(label)!),
  )
}

/** `{label}_*` as an expression without backtracking: a label has no separator of names in it. */
function patternOf(text: string): RegExp {
  const source = text
    .slice(0, limits.labelPatternCharsMax)
    .split(/(\{label\}|\*)/)
    .map((part) => {
      if (part === '{label}') return '([^_.\\- ]+)'
      return part === '*' ? '.*' : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    })
  return new RegExp(`^${source.join('').replace(/(\.\*)+/g, '.*')}`)
}

function turns(folder: string, byClass: readonly (readonly ClassFile[])[]): ClassFiles {
  const files: ClassFile[] = []
  const longest = byClass.reduce((most, { length }) => Math.max(most, length), 0)
  for (let i = 0; i < longest; i++) {
    for (const list of byClass) if (list[i] !== undefined) files.push(list[i]!)
  }
  if (files.length > limits.mediaFilesMax) throw tooLarge(folder, `${files.length} files`)
  const [first, ...others] = new Set(files.map(({ name }) => kindOf(name)))
  if (first === undefined || others.length > 0) {
    const odd = files.find(({ name }) => kindOf(name) === undefined) ?? files[0]!
    throw new DatasetError(
      'DATASET_FORMAT_UNKNOWN',
      `${odd.path} is not of the kind of the others; give a folder with pictures (.png, .jpg) alone, or recordings (.wav) alone`,
    )
  }
  const labelNames = byClass.map((list) => list[0]!.label)
  return { kind: first, split: undefined, labelNames, files }
}

/** Hidden files, such as those that a desktop leaves, are not samples. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw fileError(cause, folder)
  })
  if (entries.length > limits.mediaFilesMax) throw tooLarge(folder, `${entries.length} entries`)
  return entries
    .filter(({ name }) => !name.startsWith('.') && name !== 'Thumbs.db')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function tooLarge(folder: string, what: string): DatasetError {
  return new DatasetError(
    'DATASET_TOO_LARGE',
    `${folder} holds ${what}; the limit is ${limits.mediaFilesMax} files: cut the data set down`,
  )
}
