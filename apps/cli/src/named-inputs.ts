import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { assert } from '@merlon/core'
import { type Dataset, DatasetError, openDataset, type Split } from '@merlon/dataset'
import {
  EngineError,
  type ExecutionProvider,
  executionProviders,
  type PreprocessingChoice,
} from '@merlon/model'
import { type Columns, closest, readColumns } from '@merlon/server'
import type { Invocation } from './command.ts'
import { settingsOf } from './settings.ts'

/** A model that was named, and how it is opened. */
export interface ModelSource {
  readonly path: string
  /** Its name in merlon.yaml. */
  readonly name: string | undefined
  /** What its file says unless merlon.yaml says otherwise. */
  readonly preprocessing: PreprocessingChoice
}

/**
 * A file, or the name of a model in merlon.yaml.
 * @throws EngineError MODEL_NOT_FOUND if the word is a name that merlon.yaml does not know
 */
export async function resolveModel(invocation: Invocation, word: string): Promise<ModelSource> {
  const path = resolve(invocation.world.cwd, word)
  const file: ModelSource = { path, name: undefined, preprocessing: 'file' }
  if (existsSync(path) || !isName(word)) return file
  const { config, configPath } = await settingsOf(invocation)
  const known = config.models[word]
  if (known !== undefined) {
    return { path: known.path, name: word, preprocessing: known.preprocessing ?? 'file' }
  }
  if (configPath === undefined) return file
  const message = `there is no file ${path}, and ${configPath} names no model ${JSON.stringify(word)}`
  const names = [...Object.keys(config.models), ...Object.keys(config.endpoints)]
  throw new EngineError('MODEL_NOT_FOUND', message + hint(word, names))
}

/** What `--execution-provider` says, as the engine takes it. */
export function executionProviderOf({ options }: Invocation): {
  readonly executionProvider?: ExecutionProvider
} {
  const asked = options.text('executionProvider')
  const executionProvider = executionProviders.find((provider) => provider === asked)
  return executionProvider === undefined ? {} : { executionProvider }
}

/** The same for the command that repeats a report; nothing for the CPU. */
export function replayedProvider(options: Invocation['options']): Record<string, string> {
  const provider = options.text('executionProvider')
  return provider === undefined || provider === 'cpu' ? {} : { 'execution-provider': provider }
}

/** Where samples lie and what is known of them. */
export interface DataSource {
  readonly path: string
  readonly split: Split | undefined
  readonly labels: string | undefined
  readonly size?: readonly [height: number, width: number] | undefined
  readonly length?: number | undefined
  /** What its features can be, where merlon.yaml says so. */
  readonly columns?: Columns | undefined
}

/**
 * A path, or the name of a data set in merlon.yaml; flags win over what stands there.
 * @throws DatasetError DATASET_NOT_FOUND if the word is a name that merlon.yaml does not know
 */
export async function resolveData(invocation: Invocation): Promise<DataSource> {
  const { options, world } = invocation
  const word = options.text('data')
  assert(word !== undefined, '--data is needed')
  const path = resolve(world.cwd, word)
  const named = existsSync(path) || !isName(word) ? undefined : await dataOf(invocation, word, path)
  const split = options.text('split') ?? named?.split
  const labels = options.text('labels')
  return {
    path: named?.path ?? path,
    split: split === 'test' || split === 'train' ? split : undefined,
    // A file of labels is named from here; a column or a member has no path.
    labels: labels?.endsWith('.npy') ? resolve(world.cwd, labels) : (labels ?? named?.labels),
    size: named?.size,
    length: named?.length,
    columns: named?.columns,
  }
}

/** Opens the samples that a source names. */
export function openSource({ path, split, labels, size, length }: DataSource): Promise<Dataset> {
  return openDataset(path, {
    ...(split === undefined ? {} : { split }),
    ...(labels === undefined ? {} : { labels }),
    ...(size === undefined ? {} : { size }),
    ...(length === undefined ? {} : { length }),
  })
}

/**
 * The description of the columns of what `--data` names: a file's, else the one in merlon.yaml.
 * @throws ServerError CONFIG_MISSING, CONFIG_UNREADABLE, CONFIG_INVALID
 */
export async function columnsOf(
  { options, world }: Invocation,
  source: DataSource,
): Promise<Columns | undefined> {
  const file = options.text('columns')
  if (file === undefined) return source.columns
  return readColumns(resolve(world.cwd, file))
}

/** Opens what `--data` names. */
export async function openData(invocation: Invocation): Promise<Dataset> {
  return openSource(await resolveData(invocation))
}

async function dataOf(invocation: Invocation, word: string, path: string) {
  const { config, configPath } = await settingsOf(invocation)
  const known = config.datasets[word]
  if (known !== undefined || configPath === undefined) return known
  const message = `there is nothing at ${path}, and ${configPath} names no data set ${JSON.stringify(word)}`
  throw new DatasetError('DATASET_NOT_FOUND', message + hint(word, Object.keys(config.datasets)))
}

function hint(word: string, names: readonly string[]): string {
  const guess = closest(word, names)
  if (guess !== undefined) return `, did you mean ${guess}?`
  return names.length === 0 ? '; give the path of a file' : `; it names ${names.join(', ')}`
}

function isName(word: string): boolean {
  return /^[\w.-]+$/.test(word) && !/\.(onnx|np[yz])$/.test(word)
}
