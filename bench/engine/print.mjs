// The report of the bench as text.

export function printReport({ rounds, machine, torch, checks, rows }) {
  const load = (values) => values.map((value) => value.toFixed(1)).join(' ')
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; load ${load(machine.loadBefore)} before, ${load(machine.loadAfter)} after`,
    torch.skipped === undefined
      ? `PyTorch ${torch.torch} (${torch.capability}; ${torch.blas.join(', ')})`
      : `PyTorch: skipped: ${torch.skipped}`,
    agreement(checks),
    `${rounds} interleaved rounds, CPU milliseconds; ratio = PyTorch / ours: above 1, ours is faster. cl = channels_last`,
    '',
    line('work', 'thr', 'ours med', 'min', 'torch med', 'min', 'ratio', 'min', 'cl', 'wall', 'aim'),
    ...rows.map(rowLine),
    '',
    ...remarks,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

const remarks = [
  'pgd: ten steps, ours in one run each; attack: the same through pgd() of @merlon/attacks, which also judges the last point',
  '(PyTorch: one more forward pass, ours: one more gradient). Batch 32. resnet20-plain has no normalisation on either side.',
  "clip: each sample's gradient clipped to norm 1, and their sum; PyTorch by functorch.vmap(grad). resnet20, and with batch 4 of 3x224x224",
  'resnet18, mobilenetv2 and vit: exported by PyTorch, which runs its batch normalisation where the export has folded it.',
  'PyTorch attacks with parameters that need no gradient. A newer PyTorch is faster than an old one: judge by its version.',
]

function agreement(checks) {
  if (checks.length === 0) return 'agreement: skipped: there is nobody to agree with'
  const worst = (what, name) => {
    const errors = checks.flatMap((check) => check[what] ?? [])
    return errors.length === 0 ? [] : [`${name} ${Math.max(...errors).toExponential(1)}`]
  }
  const parts = [
    ...worst('losses', 'losses'),
    ...worst('gradient', 'nine tenths of the input gradients'),
    ...worst('worst', 'their largest error, where a ReLU stands at its kink,'),
    ...worst('curve', 'losses of 5 SGD steps'),
    ...worst('norms', 'norms of samples'),
  ]
  return `agreement, relative, worst of ${checks.length}: ${parts.join('; ')}`
}

function rowLine({ task, net, threads, target, samples, skipped }) {
  if (skipped !== undefined) return `${`${task} ${net}`.padEnd(20)} skipped: ${skipped}`
  const ours = figures(samples.ours, 'cpuMs')
  const name = `${task} ${net}`
  const own = [ours.median.toFixed(2), ours.min.toFixed(2)]
  if (samples.contiguous === undefined) {
    return line(name, `${threads}`, ...own, 'skipped', '', '', '', '', '', '')
  }
  const theirs = figures(samples.contiguous, 'cpuMs')
  const last = figures(samples.channels_last, 'cpuMs')
  const wall = figures(samples.contiguous, 'wallMs').median / figures(samples.ours, 'wallMs').median
  const ratio = theirs.median / ours.median
  return line(
    name,
    `${threads}`,
    ...own,
    theirs.median.toFixed(2),
    theirs.min.toFixed(2),
    ratio.toFixed(2),
    (theirs.min / ours.min).toFixed(2),
    (last.median / ours.median).toFixed(2),
    wall.toFixed(2),
    target === undefined ? '' : `${target.toFixed(1)} ${ratio >= target ? 'met' : 'missed'}`,
  )
}

function line(name, ...cells) {
  return `${name.padEnd(20)}${cells.map((cell) => ` ${cell.padStart(10)}`).join('')}`.trimEnd()
}

function figures(samples, what) {
  const values = samples.map((sample) => sample[what]).sort((a, b) => a - b)
  return { median: values[values.length >> 1], min: values[0] }
}
