import type { CommandSpec, OptionSpec } from './command.ts'
import { dataOptions, executionProviderOption, modelOperand, reportOptions } from './option-rows.ts'

const highest = Number.MAX_VALUE

const recipeOptions: readonly OptionSpec[] = [
  {
    kind: 'text',
    flags: '-o, --out <FILE>',
    summary: 'where the model of the best epoch goes, as ONNX',
    isRequired: true,
  },
  {
    kind: 'text',
    flags: '--last <FILE>',
    summary: 'where the model of the last finished epoch goes, too',
  },
  {
    kind: 'integer',
    flags: '--epochs <N>',
    summary: 'how often each sample is learnt',
    range: [1, 100_000],
    default: '10',
  },
  {
    kind: 'number',
    flags: '--lr <RATE>',
    summary: 'learning rate at its highest; default 0.002 for adam and adamw, 0.05 for sgd',
    range: [0, highest],
  },
  {
    kind: 'integer',
    flags: '--batch-size <N>',
    summary: 'samples of one step',
    range: [1, 65_536],
    default: '64',
  },
  {
    kind: 'choice',
    flags: '--optimizer <NAME>',
    summary: 'adam, adamw or sgd',
    choices: ['sgd', 'adam', 'adamw'],
    default: 'adam',
  },
  {
    kind: 'number',
    flags: '--momentum <M>',
    summary: 'momentum of sgd, from 0 to below 1',
    range: [0, 1],
    default: '0.9',
  },
  {
    kind: 'number',
    flags: '--weight-decay <W>',
    summary: 'pull of the parameters towards zero',
    range: [0, highest],
    default: '0',
  },
  {
    kind: 'choice',
    flags: '--schedule <NAME>',
    summary: 'course of the learning rate: one-cycle, warm-up, cosine, step or constant',
    choices: ['constant', 'step', 'cosine', 'one-cycle', 'warm-up'],
    default: 'one-cycle',
  },
  {
    kind: 'number',
    flags: '--validation-share <SHARE>',
    summary: 'share of the training data that is held out to choose the best epoch by',
    range: [0, 1],
    default: '0.1',
  },
  {
    kind: 'integer',
    flags: '--threads <N>',
    summary: 'threads of the runtime; default all cores. With 1, a seed gives the same model again',
    range: [1, 256],
  },
]

/** The commands that ask the engine itself: what a model is, its gradient, and training. */
export const engineCommands: readonly CommandSpec[] = [
  {
    path: 'train',
    summary: 'Train a model by a recipe and measure it',
    examples: [
      {
        line: 'merlon train standard lenet --data digits/ --epochs 3 --out digits.onnx',
        meaning: 'a small network from nothing',
      },
      {
        line: 'merlon train standard model.onnx --data table.csv --optimizer sgd --lr 0.01 --out next.onnx',
        meaning: 'go on with a model of yours',
      },
    ],
    operands: [
      {
        name: '<RECIPE>',
        summary: 'standard: cross-entropy on the data as they are',
        choices: ['standard'],
      },
      {
        name: '<MODEL|ARCH>',
        summary:
          'ONNX file, the name of a model in merlon.yaml, or mlp, lenet, resnet20 drawn from --seed',
      },
    ],
    options: [
      ...dataOptions.filter(({ flags }) => !/--(split|samples) /.test(flags)),
      {
        kind: 'count',
        flags: '-n, --samples <N>',
        summary: 'how many samples of the training split, from the first on',
        range: [1, 1_000_000_000],
        default: 'all',
      },
      ...recipeOptions,
      executionProviderOption,
      ...reportOptions,
    ],
    load: () => import('./commands/train.ts'),
  },
  {
    path: 'model show',
    summary: 'What a model takes, gives and is made of',
    examples: [
      {
        line: 'merlon model show model.onnx',
        meaning: 'and which of its operators have no gradient',
      },
      { line: 'merlon model show model.onnx --json', meaning: 'for a script' },
    ],
    operands: [modelOperand],
    options: [],
    load: () => import('./commands/model-show.ts'),
  },
  {
    path: 'model gradient',
    summary: 'The gradient of the mean loss, as NumPy files',
    examples: [
      {
        line: 'merlon model gradient model.onnx --data x.npy --labels y.npy --out gradient.npy',
        meaning: 'd(mean cross-entropy) / d(input), to compare with your framework',
      },
      {
        line: 'merlon model gradient model.onnx --data xy.npz --parameters gradients.npz',
        meaning: 'of every parameter, by the name of its initialiser',
      },
    ],
    operands: [modelOperand],
    options: [
      ...dataOptions,
      {
        kind: 'text',
        flags: '--loss <LOSS>',
        summary: 'ce (cross-entropy), margin (best other score less that of the label) or logit:K',
        default: 'ce',
      },
      {
        kind: 'text',
        flags: '-o, --out <FILE>',
        summary: 'where the gradient of the input goes: float32, NPY, one row per sample',
      },
      {
        kind: 'text',
        flags: '--parameters <FILE>',
        summary: 'where the gradients of the parameters go: float32, NPZ',
      },
      executionProviderOption,
    ],
    load: () => import('./commands/model-gradient.ts'),
  },
  {
    path: 'model gradient-graph',
    summary: 'A model with its gradient as one ONNX file',
    examples: [
      {
        line: 'merlon model gradient-graph model.onnx --out gradient.onnx',
        meaning: 'for another runtime, such as onnxruntime-web in a browser',
      },
      {
        line: 'merlon model gradient-graph model.onnx --loss margin --out margin.onnx',
        meaning: 'of the margin by which the label is lost',
      },
    ],
    operands: [modelOperand],
    options: [
      {
        kind: 'text',
        flags: '-o, --out <FILE>',
        summary:
          'where the file goes: it takes samples and labels, and gives gradient, losses and scores',
        isRequired: true,
      },
      {
        kind: 'choice',
        flags: '--loss <LOSS>',
        summary:
          'ce (cross-entropy), margin, dlr, mse, or logit (of the class that the label names)',
        choices: ['ce', 'margin', 'dlr', 'mse', 'logit'],
        default: 'ce',
      },
    ],
    load: () => import('./commands/model-gradient-graph.ts'),
  },
]
