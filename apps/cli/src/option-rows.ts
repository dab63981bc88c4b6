import type { OptionSpec } from './command.ts'

const highest = Number.MAX_VALUE

/** Where state lies. */
export const databaseOption: OptionSpec = {
  kind: 'text',
  flags: '--database <FILE|URL>',
  summary: 'database file or postgres:// URL (also: MERLON_DATABASE)',
}
/** The port to listen on. */
export const portOption: OptionSpec = {
  kind: 'text',
  flags: '--port <PORT>',
  summary: 'port to listen on, 0 for a free one (also: MERLON_PORT)',
}
/** The address to listen on. */
export const hostOption: OptionSpec = {
  kind: 'text',
  flags: '--host <ADDRESS>',
  summary: 'address to listen on (also: MERLON_HOST)',
}
/** Confirms a change that cannot be taken back. */
export const yesOption: OptionSpec = {
  kind: 'flag',
  flags: '-y, --yes',
  summary: 'do it: no question',
}
/** Says what a change would be. */
export const dryRunOption: OptionSpec = {
  kind: 'flag',
  flags: '--dry-run',
  summary: 'say what would be done, and do nothing',
}

/** Where the runtime computes. */
export const executionProviderOption: OptionSpec = {
  kind: 'choice',
  flags: '--execution-provider <NAME>',
  summary: 'where the runtime computes: cpu, cuda, coreml or dml; one that is not here is an error',
  choices: ['cpu', 'cuda', 'coreml', 'dml'],
  default: 'cpu',
}

/** Which samples a command reads. */
export const dataOptions: readonly OptionSpec[] = [
  {
    kind: 'text',
    flags: '-d, --data <PATH>',
    summary:
      'folder of IDX files, pictures or recordings; CSV, Parquet, NPY or NPZ file; or the name of a data set in merlon.yaml',
    isRequired: true,
  },
  {
    kind: 'choice',
    flags: '--split <SPLIT>',
    summary: 'part of a folder or NPZ file: test or train; default test where there is one',
    choices: ['test', 'train'],
  },
  {
    kind: 'text',
    flags: '--labels <COLUMN|FILE|PATTERN>',
    summary:
      'labels: a column of a CSV file (heading or number; default the last), an NPY file, a member of an NPZ file, or a pattern of file names such as {label}_*',
  },
  {
    kind: 'count',
    flags: '-n, --samples <N>',
    summary: 'how many samples, from the first on; all for the whole split',
    range: [1, 10_000_000],
    default: '1000',
  },
]

/** What an adversary may change. */
export const ballOptions: readonly OptionSpec[] = [
  {
    kind: 'choice',
    flags: '--norm <NORM>',
    summary:
      'how distance is measured: linf, l2, l1, or l0 for the number of values changed; default linf, l2 for described columns',
    choices: ['linf', 'l2', 'l1', 'l0'],
  },
  {
    kind: 'numbers',
    flags: '-e, --epsilon <LIST>',
    summary:
      'how far the adversary may move a sample, in input units, or in scales of described columns; fractions such as 8/255 too; default 0.1, or 2 for described columns',
    range: [0, highest],
  },
]

/** What rows of a table there can be. */
export const columnsOption: OptionSpec = {
  kind: 'text',
  flags: '--columns <FILE>',
  summary:
    'YAML or JSON file that describes the features of a table, so that only rows that can exist are made; default what merlon.yaml says of the data set',
}

/** How a run that was stopped goes on. */
export const resumeOptions: readonly OptionSpec[] = [
  {
    kind: 'text',
    flags: '--checkpoint <FILE>',
    summary: 'where finished parts are kept until the run is done; default the state folder',
  },
  {
    kind: 'flag',
    flags: '--resume',
    summary: 'go on where the same run was stopped; its report is the same',
  },
]

/** A model of the adversary's own. */
export const surrogateOption: OptionSpec = {
  kind: 'text',
  flags: '--surrogate <MODEL>',
  summary: "the adversary's own model, on which the attack by transfer makes its samples",
}

/** How much an assessment does. */
export const campaignOptions: readonly OptionSpec[] = [
  {
    kind: 'count',
    flags: '-n, --samples <N>',
    summary:
      "how many samples, from the first on; all for the whole split; default the profile's, 1000 with --attack",
    range: [1, 10_000_000],
  },
  {
    kind: 'choice',
    flags: '-p, --profile <NAME>',
    summary:
      'quick: at most a minute; standard: AutoAttack; deep: every attack that fits; default standard',
    choices: ['quick', 'standard', 'deep'],
  },
  {
    kind: 'list',
    flags: '-a, --attack <LIST>',
    summary: 'these attacks instead of a profile, each on all samples, such as fgsm,pgd,square',
  },
  {
    kind: 'text',
    flags: '--time-budget <TIME>',
    summary: 'fewer samples where they would take longer: 90s, 10m, 2h',
  },
  surrogateOption,
  ...resumeOptions,
]

/** What fails a run. */
export const gateOptions: readonly OptionSpec[] = [
  {
    kind: 'list',
    flags: '--fail-on <LIST>',
    summary:
      'what makes the exit code 1: a severity (critical, high, medium, low, info), or gates such as "robust-accuracy<0.4"',
    default: 'medium',
  },
  {
    kind: 'text',
    flags: '--baseline <FILE>',
    summary: 'JSON report of an earlier run: accept what it has, fail on what became worse',
  },
]

/** Files that a report also goes to. */
export const reportOptions: readonly OptionSpec[] = [
  { kind: 'text', flags: '--html <FILE>', summary: 'also write the report as one HTML page' },
  { kind: 'text', flags: '--sarif <FILE>', summary: 'also write SARIF 2.1, for code scanning' },
  { kind: 'text', flags: '--junit <FILE>', summary: 'also write JUnit XML, for CI' },
  {
    kind: 'text',
    flags: '--markdown <FILE>',
    summary: 'also write a Markdown summary, for a pull request',
  },
]

/** How a model behind an address is asked. */
export const endpointOptions: readonly OptionSpec[] = [
  {
    kind: 'choice',
    flags: '--protocol <PROTOCOL>',
    summary: 'how an address is asked: oip (Open Inference Protocol v2, default) or json',
    choices: ['oip', 'json'],
  },
  {
    kind: 'text',
    flags: '--api-key-env <NAME>',
    summary: 'environment variable that holds the key of an address',
  },
]

/** The model that an attack is about: also one behind an address. */
export const attackedOperand = {
  name: '<MODEL>',
  summary: 'ONNX file, http(s) address, or the name of a model or endpoint in merlon.yaml',
} as const

/** The model that a command is about. */
export const modelOperand = {
  name: '<MODEL>',
  summary: 'ONNX file, or the name of a model in merlon.yaml',
} as const
