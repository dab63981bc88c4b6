import {
  type Attack,
  type AttackFunction,
  attackUnderConstraints,
  type Constraints,
  constrainedSearch,
  type LabelAccess,
} from '@merlon/attacks'
import { norms } from '@merlon/tensor'
import { type AccessLevel, isGiven } from './access.ts'
import type { Catalogue, Choice, ProfileName } from './profiles.ts'

/** What cannot be held to rows: changes of all inputs at once, another model's samples, ensembles whose claim is another. */
const unfit: ReadonlySet<string> = new Set([
  'universal',
  'patch',
  'transfer',
  'autoattack',
  'di-fgsm',
  'ti-fgsm',
])

/** Attacks of the catalogue that know nothing of rows, held to those that can exist; and the searches among such rows. */
export function constrainedCatalogue(catalogue: Catalogue, constraints: Constraints): Catalogue {
  const held = Object.entries(catalogue)
    .filter(([name]) => !unfit.has(name))
    .map(([name, attack]) => [name, under(attack, constraints)] as const)
  return { ...Object.fromEntries(held), ...searches(constraints) }
}

/** Searches first: what they find they find on all rows. Then the gradient, on what is left. */
export function constrainedChoices(
  from: Catalogue,
  profile: ProfileName,
  access: AccessLevel,
  norm: Attack['norms'][number],
): Choice[] {
  return plans[profile]
    .filter(({ attack, only }) => {
      const known = Object.hasOwn(from, attack) ? from[attack] : undefined
      const isWanted = only === undefined || only === access
      return isWanted && known?.norms.includes(norm) && isGiven(known.access, access)
    })
    .map(({ attack, parameters }) => ({ attack, parameters }))
}

/** `only`: where the adversary has just that. */
type Planned = Choice & { readonly only?: AccessLevel }

const plans: Readonly<Record<ProfileName, readonly Planned[]>> = {
  quick: [
    { attack: 'constrained-search', parameters: { queries: 500 } },
    { attack: 'constrained-search-labels', parameters: { queries: 500 }, only: 'labels' },
    { attack: 'pgd', parameters: {} },
  ],
  standard: [
    { attack: 'constrained-search', parameters: {} },
    { attack: 'constrained-search-labels', parameters: {}, only: 'labels' },
    { attack: 'pgd', parameters: {} },
    { attack: 'apgd-ce', parameters: {} },
  ],
  deep: [
    { attack: 'constrained-search', parameters: { queries: 5000 } },
    { attack: 'constrained-search-labels', parameters: { queries: 5000 } },
    { attack: 'pgd', parameters: { restarts: 5 } },
    { attack: 'apgd-ce', parameters: {} },
    { attack: 'apgd-dlr', parameters: {} },
    { attack: 'square', parameters: { queries: 1000 } },
    { attack: 'hop-skip-jump', parameters: { queries: 1000 } },
  ],
}

function under(attack: Attack, constraints: Constraints): Attack {
  switch (attack.access) {
    case 'labels':
      return { ...attack, run: held(attack.run, constraints) }
    case 'scores':
      return { ...attack, run: held(attack.run, constraints) }
    case 'gradients':
      return { ...attack, run: held(attack.run, constraints) }
  }
}

function held<Access extends LabelAccess>(
  run: AttackFunction<Access>,
  constraints: Constraints,
): AttackFunction<Access> {
  return (model, batch, labels, settings, task) =>
    attackUnderConstraints(run, model, batch, labels, constraints, settings, task)
}

function searches(constraints: Constraints): Catalogue {
  const run: AttackFunction = (model, batch, labels, { random, queries }, task) => {
    const budget = queries === undefined ? {} : { queries }
    return constrainedSearch(model, batch, labels, { constraints, random, ...budget }, task)
  }
  const traits = {
    goal: 'minimal',
    norms,
    parameters: {
      queries: {
        type: 'integer',
        default: '1000',
        range: [1, 1_000_000],
        meaning: 'model evaluations on each row',
      },
    },
    paper: {
      text: 'Simonetto, Dyrmishi, Ghamizi, Cordy and Le Traon, A Unified Framework for Adversarial Attack and Defense in Constrained Feature Space, IJCAI 2022',
      url: 'https://arxiv.org/abs/2112.01156',
    },
    queriesPerSample: ({ queries = 1000 }) => queries,
    cost: 'queries',
  } as const satisfies Partial<Attack>
  return {
    'constrained-search': {
      ...traits,
      title: 'Search among rows that can exist, by scores',
      summary: 'Draws rows that the adversary can make, then takes decision after decision back.',
      access: 'scores',
      run,
    },
    'constrained-search-labels': {
      ...traits,
      title: 'Search among rows that can exist, by labels',
      summary: 'The same where the model answers labels alone.',
      access: 'labels',
      run,
    },
  }
}
