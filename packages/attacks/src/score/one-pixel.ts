import { gaussian, type Random, type Task, unattended } from '@merlon/core'
import type { ScoreAccess } from '@merlon/model'
import type { Tensor } from '@merlon/tensor'
import type { AttackResult, Ball } from '../attack.ts'
import { invalidOption } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { cutToRange } from '../label/geometry.ts'
import { limits } from '../limits.ts'
import type { Subject } from '../searches.ts'
import { type ScoreSearch, searchByScores } from './score-search.ts'

export interface OnePixelOptions extends Ball {
  readonly random: Random
  /** On each sample; 8,000 unless given. */
  readonly queries?: number
}

/** The paper's population is 400 over 100 generations; a smaller budget keeps the generations, not the population. */
const populationMax = 400
const populationMin = 10
const generations = 100
/** F of differential evolution. */
const differenceWeight = 0.5
/** Share of a child's pixels that are new, beyond the first (the paper, which changes up to 5 pixels, renews them all). */
const crossover = 0.1

/**
 * The one-pixel attack (Su, Vargas and Sakurai 2018): differential evolution over which few pixels to change and to what,
 * with little crossover; a child replaces its parent where it brings the model nearer to an error. Epsilon is how many components
 * may change; on samples of [channels, height, width] all channels of a pixel change together where epsilon allows it.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function onePixel(
  model: ScoreAccess,
  batch: Tensor,
  labels: Int32Array,
  options: OnePixelOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { epsilon, range, queries = 8_000 } = options
  if (range === null) {
    throw invalidOption(
      'the one-pixel attack needs the range that a component may take; pass [low, high]',
    )
  }
  const begin = (subject: Subject) => evolve(subject, epsilon, range, queries)
  return searchByScores(model, batch, labels, { ...options, queries }, begin, task)
}

/** A candidate: for each pixel its place in [0, places), then its value in each channel. */
type Genome = Float64Array

function* evolve(
  { origin, shape, range, random }: Subject,
  epsilon: number,
  [low, high]: readonly [number, number],
  queries: number,
): ScoreSearch {
  yield [origin]
  const plan = planFor(origin.length, shape, epsilon)
  if (plan.pixels === 0) return
  const { places, channels, pixels } = plan
  const width = 1 + channels
  const isPlace = (gene: number) => gene % width === 0
  const draw = (): Genome =>
    Float64Array.from({ length: pixels * width }, (_, gene) =>
      isPlace(gene) ? random() * places : (low + high) / 2 + (gaussian(random) * (high - low)) / 2,
    )
  const express = (genome: Genome): Float32Array => {
    const point = origin.slice()
    for (let gene = 0; gene < genome.length; gene += width) {
      const place = Math.min(places - 1, Math.max(0, Math.floor(genome[gene]!)))
      for (let c = 0; c < channels; c++) {
        point[c * places + place] = Math.min(high, Math.max(low, genome[gene + 1 + c]!))
      }
    }
    return cutToRange(point, origin, range)
  }

  const size = Math.floor(queries / generations)
  const members = Math.max(populationMin, Math.min(populationMax, size))
  let population = Array.from({ length: members }, draw)
  let fitness = yield population.map(express)
  for (;;) {
    const pick = () => population[Math.floor(random() * population.length)]!
    const children = population.map((parent) => {
      const [a, b, c] = [pick(), pick(), pick()]
      const isNew = drawPixels(pixels, random)
      return parent.map((gene, k) =>
        isNew[Math.floor(k / width)] ? a[k]! + differenceWeight * (b[k]! - c[k]!) : gene,
      )
    })
    const found = yield children.map(express)
    population = population.map((parent, k) => (found[k]! > fitness[k]! ? children[k]! : parent))
    fitness = fitness.map((value, k) => Math.max(value, found[k]!))
  }
}

/** Which pixels of a child are new: one for sure, each other one by chance. */
function drawPixels(pixels: number, random: Random): boolean[] {
  const sure = Math.floor(random() * pixels)
  return Array.from({ length: pixels }, (_, k) => k === sure || random() < crossover)
}

/** How many places there are, components at each, and pixels that may change. */
function planFor(size: number, shape: readonly number[], epsilon: number) {
  const [depth = 1] = shape
  const channels = shape.length === 3 && epsilon >= depth ? depth : 1
  const places = size / channels
  return { places, channels, pixels: Math.min(places, Math.floor(epsilon / channels)) }
}

export const onePixelAttack: Attack = {
  title: 'One-pixel attack',
  summary: 'Differential evolution over a few pixels and their values.',
  access: 'scores',
  goal: 'bounded',
  norms: ['l0'],
  parameters: {
    queries: {
      type: 'integer',
      default: '8000',
      range: [1, limits.queriesMax],
      meaning: 'scores asked for on each sample, at most',
    },
  },
  paper: {
    text: 'Su, Vargas and Sakurai (2019), One Pixel Attack for Fooling Deep Neural Networks, section III',
    url: 'https://arxiv.org/abs/1710.08864',
  },
  queriesPerSample: ({ queries = 8_000 }) => queries,
  cost: 'queries, fewer for samples that fall early',
  run: onePixel,
}
