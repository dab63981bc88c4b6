import { attackCatalogue } from '@merlon/attacks'

/** Where both networks fall to strong attacks and stand against weak ones. l0 counts pixels. */
const epsilons = {
  std: { linf: 0.1, l2: 1.5, l1: 12, l0: 30 },
  adv: { linf: 0.3, l2: 2, l1: 15, l0: 30 },
}

/** How many images, by what the attack costs; `--samples` overrides. */
const images = { gradients: 100, scores: 50, labels: 20 }

/** What an attack is not run with at its defaults, or not on so many images. */
const special = {
  fgsm: { samples: 200 },
  pgd: { parameters: { stepSize: (epsilon) => epsilon / 30 } },
  autoattack: { samples: 50 },
  'apgd-t': { samples: 50 },
  'fab-t': { samples: 50 },
}

/**
 * What a peer or the paper says of the same thing: facts of other tools on the same model files and images, measured
 * once with PyTorch 2.13 on one thread, unless a paper is named.
 */
const claims = {
  'std fgsm linf 0.3': 'ART, torchattacks, foolbox: 0.010 of 200',
  'std pgd linf 0.1': 'ART 0.26, torchattacks 0.28, foolbox 0.26 of 100',
  'std apgd-ce linf 0.1': 'AutoAttack: 0.24 of 100',
  'std square linf 0.1': 'ART, 1,000 queries: 0.33 of 100',
  'adv fgsm linf 0.3': 'ART: 0.87 of 100',
  'adv pgd linf 0.3': 'foolbox 0.75, ART 0.76 of 100',
  'adv apgd-ce linf 0.3': 'AutoAttack: 0.49 of 100',
  'adv apgd-t linf 0.3': 'AutoAttack: 0.50 of 50',
  'adv square linf 0.3': 'AutoAttack, 5,000 queries: 0.54 of 50',
  'adv autoattack linf 0.3': 'AutoAttack: 0.50 of 50',
  'std deepfool l2 Infinity': 'ART: median 1.185, foolbox 1.189 of 100',
  'std hop-skip-jump l2 Infinity': 'ART: median 1.412, foolbox 1.503 of 10',
  'std boundary l2 Infinity': 'ART, 500 iterations: median 1.751 of 5',
}

/** The bench's rows of an attack on a model: one for each norm; attacks of minimal distance also without a limit. */
export function rowsFor(attack, kind, samples) {
  const { access, goal, norms } = attackCatalogue[attack]
  const { parameters = {}, samples: usual = images[access] } = special[attack] ?? {}
  return norms.flatMap((norm) => {
    const limit = attack === 'fgsm' && norm === 'linf' ? 0.3 : epsilons[kind][norm]
    const balls = goal === 'minimal' ? [limit, Number.POSITIVE_INFINITY] : [limit]
    return balls.map((epsilon) => ({
      attack,
      norm,
      epsilon,
      samples: samples === undefined ? usual : Number(samples),
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([key, value]) => [
          key,
          typeof value === 'function' ? value(epsilon) : value,
        ]),
      ),
      claim: claims[`${kind} ${attack} ${norm} ${epsilon}`] ?? '',
    }))
  })
}
