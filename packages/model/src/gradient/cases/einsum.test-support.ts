import { chance, type Draw, dims, pick, type RuleCases } from './draw.test-support.ts'

/** What exporters write, and every turn that the notation has. */
const equations = [
  'ij,jk->ik',
  'bij,bjk->bik',
  'bhid,bhjd->bhij',
  'bn,anm,bm->ba',
  'ij->ji',
  'ij->i',
  'ij->',
  'i,j->ij',
  'ij,ij->ij',
  'ij , jk',
  'ba',
  'ii->i',
  'ii->',
  'iji->j',
  'ij,kk->i',
  '...ij,...jk->...ik',
  '...i,ij->...j',
  'i...,i...->...',
  'i...j->...',
  '...ij->...ji',
  'ij,jk,kl->il',
] as const

const einsum: Draw = (random) => {
  const equation = pick(random, equations)
  const [a, b] = dims(random, 2, 3)
  const sizes = new Map<string, number>()
  const sizeOf = (letter: string) => {
    if (!sizes.has(letter)) sizes.set(letter, dims(random, 1, 3)[0]!)
    return sizes.get(letter)!
  }
  const terms = equation.replaceAll(' ', '').split('->')[0]!.split(',')
  const batch = pick(random, [[], [a!], [a!, b!]])
  const inputs = terms.map((term, i) => {
    const [before = '', after = ''] = term.split('...')
    const own = i === 0 || chance(random) ? batch : batch.map((size) => (chance(random) ? 1 : size))
    const middle = term.includes('...') ? own : []
    return { shape: [...[...before].map(sizeOf), ...middle, ...[...after].map(sizeOf)] }
  })
  const isBatched = !equation.includes('.') && equation.startsWith('b') && equation.includes('->b')
  const batched = inputs.map((x, i) => ({
    ...x,
    isBatched: isBatched && terms[i]!.startsWith('b'),
  }))
  return { inputs: batched, attributes: { equation } }
}

export const einsumCases: RuleCases = { Einsum: einsum }
