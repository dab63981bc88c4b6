import type { AssessmentDetail } from '@merlon/api'

/** Options that the command takes by place and not by flag. */
const byPlace = new Set(['model', 'seed'])

/** The command line that makes this assessment again. */
export function repeatCommand({
  inputs,
  options,
  model,
  seed,
}: Pick<AssessmentDetail, 'inputs' | 'options' | 'model' | 'seed'>): string {
  const path = inputs.find((input) => input.path.endsWith('.onnx'))?.path ?? model
  const flags = Object.entries(options)
    .filter(([name]) => !byPlace.has(name))
    .map(([name, value]) => `--${name} ${quote(value)}`)
  return ['merlon assess', quote(path), ...flags, `--seed ${seed}`].join(' ')
}

/** A word as POSIX shells read it: what is not plainly harmless stands in single quotes. */
function quote(word: string): string {
  return /^[\w./:,@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
