import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { permutation, seededRandom } from '@merlon/core'
import { tensor } from '@merlon/tensor'
import type { TextScoreAccess } from './attack-texts.ts'

const width = 2 ** 14

export interface Messages {
  readonly texts: readonly string[]
  /** 1 for spam. */
  readonly labels: Int32Array
}

/** The SMS of the spam collection, in file order. */
export function readMessages(shared: string): Messages {
  const lines = gunzipSync(readFileSync(`${shared}/data/text/SMSSpamCollection.gz`))
    .toString('utf8')
    .split(/\r?\n/)
    .map((line) => /^"?(ham|spam)"?[,\t](.*)$/.exec(line))
    .filter((line) => line !== null)
  return {
    texts: lines.map(([, , text]) => text!),
    labels: Int32Array.from(lines, ([, label]) => Number(label === 'spam')),
  }
}

/** A bag of words and letter trigrams, each hashed to a place (FNV-1a). */
function features(text: string): readonly number[] {
  const lower = text.toLowerCase()
  const words = lower.match(/[\p{L}\p{N}£$!]+/gu) ?? []
  const trigrams = words.flatMap((word) => {
    const padded = ` ${word} `
    return Array.from({ length: padded.length - 2 }, (_, k) => `3${padded.slice(k, k + 3)}`)
  })
  return [...new Set([...words, ...trigrams])].map((each) => {
    let hash = 0x811c9dc5
    for (let i = 0; i < each.length; i++) hash = Math.imul(hash ^ each.charCodeAt(i), 0x01000193)
    return (hash >>> 0) % width
  })
}

/** Logistic regression on those features, by stochastic gradient descent. */
export function trainSpamClassifier({ texts, labels }: Messages, epochs: number) {
  const weights = new Float64Array(width)
  let bias = 0
  const bags = texts.map(features)
  const score = (bag: readonly number[]) => bag.reduce((sum, k) => sum + weights[k]!, bias)
  const random = seededRandom(1)
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const i of permutation(texts.length, random)) {
      const miss = labels[i]! - 1 / (1 + Math.exp(-score(bags[i]!)))
      const step = (0.5 * miss) / Math.sqrt(bags[i]!.length)
      for (const k of bags[i]!) weights[k] = weights[k]! + step
      bias += 0.1 * miss
    }
  }
  let evaluated = 0
  const model: TextScoreAccess & { readonly evaluated: () => number } = {
    classes: 2,
    evaluated: () => evaluated,
    scores: async (asked) => {
      evaluated += asked.length
      const data = Float32Array.from(asked.flatMap((text) => [0, score(features(text))]))
      return tensor([asked.length, 2], data)
    },
  }
  return model
}
