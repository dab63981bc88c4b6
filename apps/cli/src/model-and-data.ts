import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { assert } from '@merlon/core'
import { type Dataset, openDataset, type Split } from '@merlon/dataset'
import type { Invocation } from './command.ts'
import { settingsOf } from './settings.ts'

/** A file, or the name of a model in merlon.yaml. */
export async function resolveModel(invocation: Invocation, word: string): Promise<string> {
  const path = resolve(invocation.world.cwd, word)
  if (existsSync(path) || !isName(word)) return path
  return (await settingsOf(invocation)).config.models[word]?.path ?? path
}

/** Where samples lie and what is known of them. */
export interface DataSource {
  readonly path: string
  readonly split: Split | undefined
  readonly labels: string | undefined
}

/** A path, or the name of a data set in merlon.yaml; flags win over what stands there. */
export async function resolveData(invocation: Invocation): Promise<DataSource> {
  const { options, world } = invocation
  const word = options.text('data')
  assert(word !== undefined, '--data is needed')
  const path = resolve(world.cwd, word)
  const named =
    existsSync(path) || !isName(word)
      ? undefined
      : (await settingsOf(invocation)).config.datasets[word]
  const split = options.text('split') ?? named?.split
  const labels = options.text('labels')
  return {
    path: named?.path ?? path,
    split: split === 'test' || split === 'train' ? split : undefined,
    // A file of labels is named from here; a column or a member has no path.
    labels: labels?.endsWith('.npy') ? resolve(world.cwd, labels) : (labels ?? named?.labels),
  }
}

/** Opens the samples that a source names. */
export function openSource({ path, split, labels }: DataSource): Promise<Dataset> {
  return openDataset(path, {
    ...(split === undefined ? {} : { split }),
    ...(labels === undefined ? {} : { labels }),
  })
}

/** Opens what `--data` names. */
export async function openData(invocation: Invocation): Promise<Dataset> {
  return openSource(await resolveData(invocation))
}

function isName(word: string): boolean {
  return /^[\w.-]+$/.test(word) && !/\.(onnx|np[yz])$/.test(word)
}
