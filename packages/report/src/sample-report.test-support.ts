import {
  type EstimateLabels,
  type Finding,
  type Picture,
  proportion,
  type Report,
} from '@merlon/core'

const picture = (alt: string): Picture => ({
  alt,
  width: 4,
  height: 3,
  channels: 1,
  pixels: Uint8Array.from({ length: 12 }, (_, i) => i * 20),
})

const point = (labels: EstimateLabels) =>
  proportion(7, 10, { name: 'robust-accuracy', seed: 1, queries: 20, labels })

/** A small report with something in each part. */
export function sampleReport(change: Partial<Report> = {}): Report {
  return {
    schema: 'merlon/assess/v1',
    title: 'Assessment of digits.onnx',
    verdict: 'findings',
    exitCode: 1,
    findings: [sampleFinding()],
    estimates: [
      proportion(196, 200, { name: 'clean-accuracy', seed: 1, queries: 200 }),
      proportion(2, 200, {
        name: 'robust-accuracy',
        seed: 1,
        queries: 400,
        labels: { attack: 'fgsm', norm: 'linf', epsilon: 0.3 },
      }),
    ],
    skipped: [{ what: 'attack pgd', why: 'the model gives no gradients' }],
    health: [
      {
        attack: 'fgsm',
        name: 'vanished-gradients',
        isHealthy: true,
        value: 0.01,
        threshold: 0.1,
        meaning: 'the share of samples whose gradient is zero',
      },
    ],
    illustrations: [
      {
        caption: 'three samples that the attack changed',
        columns: ['original', 'adversarial'],
        rows: [{ label: 'sample 4: 7 became 2', pictures: [picture('a seven'), picture('a two')] }],
      },
    ],
    curves: [
      {
        title: 'Robust accuracy by epsilon',
        axis: 'epsilon',
        series: [
          { name: 'worst case', points: [0, 0.1, 0.3].map((epsilon) => point({ epsilon })) },
          { name: 'fgsm', points: [0, 0.1, 0.3].map((epsilon) => point({ epsilon })) },
        ],
      },
      {
        title: 'Accuracy by class',
        axis: 'class',
        series: [{ name: 'clean', points: ['cat', 'dog'].map((name) => point({ class: name })) }],
      },
    ],
    seed: 1,
    inputs: [{ path: 'models/digits.onnx', sha256: 'ab'.repeat(32) }],
    options: { MODEL: 'models/digits.onnx', data: 'my data', attack: 'fgsm,pgd', samples: '200' },
    tool: { name: 'merlon', version: '0.1.0' },
    startedAt: '2026-03-01T12:00:00.000Z',
    durationMs: 12_345,
    ...change,
  }
}

export function sampleFinding(change: Partial<Finding> = {}): Finding {
  return {
    id: 'f-1',
    rule: 'evasion/linf',
    severity: 'high',
    title: 'small changes of the input change the answer',
    place: { kind: 'model', path: 'models/digits.onnx', node: 'conv1' },
    evidence: 'FGSM leaves 1.0 % of 200 samples right',
    fix: 'train with adversarial examples',
    references: [
      { catalogue: 'ATLAS', id: 'AML.T0043', title: 'Craft Adversarial Data' },
      { catalogue: 'OWASP-ML', id: 'ML01', title: 'Input Manipulation Attack' },
    ],
    ...change,
  }
}
