import type { CommandSpec, Example } from './command.ts'
import { engineCommands } from './engine-commands.ts'
import {
  attackedOperand,
  ballOptions,
  campaignOptions,
  columnsOption,
  databaseOption,
  dataOptions,
  dryRunOption,
  endpointOptions,
  executionProviderOption,
  gateOptions,
  hostOption,
  portOption,
  reportOptions,
  resumeOptions,
  surrogateOption,
  yesOption,
} from './option-rows.ts'

/** The nouns that have several verbs. */
export const groups: Readonly<Record<string, string>> = {
  model: 'Models: what they are, their gradients, those of this installation',
  key: 'API keys of the gateway',
  audit: 'The tamper-evident log',
  config: 'The configuration',
}

/** What `merlon --help` begins with. */
export const topExamples: readonly Example[] = [
  { line: 'merlon start', meaning: 'the demo: a model, attacked, guarded and on the record' },
  {
    line: 'merlon assess model.onnx --data digits/',
    meaning: 'attack a model of yours, measure, report',
  },
]

/** Every command. Adding one is adding a row and a module. */
export const commandTable: readonly CommandSpec[] = [
  {
    path: 'start',
    summary: 'Serve the gateway and the console; without merlon.yaml, the demo',
    examples: [
      { line: 'merlon start', meaning: 'with merlon.yaml here, or the demo' },
      {
        line: 'merlon start --port 9000 --state /var/lib/merlon',
        meaning: 'on a port of your own',
      },
    ],
    operands: [],
    options: [portOption, hostOption, databaseOption],
    load: () => import('./commands/start.ts'),
  },
  {
    path: 'init',
    summary: 'Write merlon.yaml and a sample project',
    examples: [
      { line: 'merlon init', meaning: 'in this folder' },
      { line: 'merlon init shop --dry-run', meaning: 'which files would be written to shop/' },
    ],
    operands: [{ name: '[DIR]', summary: 'folder of the project; default this one' }],
    options: [yesOption, dryRunOption],
    load: () => import('./commands/init.ts'),
  },
  {
    path: 'scan',
    summary: 'Are these model files harmless?',
    examples: [
      { line: 'merlon scan model.pt', meaning: 'what loading it would do, without doing it' },
      {
        line: 'merlon scan models/ --sarif scan.sarif --fail-on high',
        meaning: 'every file of a folder, for code scanning',
      },
    ],
    operands: [{ name: '<PATH...>', summary: 'files and folders' }],
    options: reportOptions,
    load: () => import('./commands/scan.ts'),
  },
  {
    path: 'assess',
    summary: 'Attack a model, measure how it holds, report',
    examples: [
      {
        line: 'merlon assess model.onnx --data digits/ --epsilon 0.3 --html report.html',
        meaning: 'AutoAttack, with a report to hand on',
      },
      {
        line: 'merlon assess model.onnx --data digits/ --profile quick --fail-on "robust-accuracy<0.4"',
        meaning: 'a minute, and a gate for CI',
      },
      {
        line: 'merlon assess https://host/v2/models/digits --data digits/ --api-key-env KEY',
        meaning: 'a model behind an address, by what it answers',
      },
    ],
    operands: [attackedOperand],
    options: [
      ...dataOptions.filter(({ flags }) => !flags.includes('--samples')),
      ...campaignOptions,
      columnsOption,
      ...ballOptions,
      executionProviderOption,
      ...gateOptions,
      ...reportOptions,
      ...endpointOptions,
      {
        kind: 'flag',
        flags: '--no-keep',
        summary: 'do not put the report into the console and the log of this installation',
      },
      databaseOption,
    ],
    load: () => import('./commands/assess.ts'),
  },
  {
    path: 'attack',
    summary: 'Run one attack with all its options',
    examples: [
      {
        line: 'merlon attack pgd model.onnx --data digits/ --epsilon 8/255 --steps 100 --restarts 5',
        meaning: 'a strong attack',
      },
      { line: 'merlon attack pgd --help', meaning: 'the options of one attack' },
    ],
    operands: [
      {
        name: '<NAME>',
        summary: 'attack, such as autoattack, pgd or square; a wrong name lists them all',
        offers: 'attacks',
      },
      attackedOperand,
    ],
    options: [
      ...dataOptions,
      columnsOption,
      ...ballOptions,
      executionProviderOption,
      ...gateOptions,
      surrogateOption,
      ...resumeOptions,
      ...reportOptions,
      ...endpointOptions,
    ],
    moreOptions: async (words) => (await import('./attack-options.ts')).attackOptions(words),
    load: () => import('./commands/attack.ts'),
  },
  ...engineCommands,
  {
    path: 'model list',
    summary: 'The registered models, with their last assessment',
    examples: [
      { line: 'merlon model list', meaning: 'as a table' },
      { line: 'merlon model list --json', meaning: 'for a script' },
    ],
    operands: [],
    options: [databaseOption],
    load: () => import('./commands/model-list.ts'),
  },
  {
    path: 'worker',
    summary: 'Do queued assessments; any number of workers share one database',
    examples: [
      { line: 'merlon worker', meaning: 'beside "merlon start", in the same project' },
      {
        line: 'merlon worker --database postgres://merlon@db/merlon --concurrency 4',
        meaning: 'on another machine that sees the same model and data files',
      },
    ],
    operands: [],
    options: [
      {
        kind: 'integer',
        flags: '--concurrency <N>',
        summary: 'jobs at a time',
        range: [1, 64],
        default: '1',
      },
      databaseOption,
    ],
    load: () => import('./commands/worker.ts'),
  },
  {
    path: 'key create',
    summary: 'Make an API key and show it, once',
    examples: [
      { line: 'merlon key create camera-1 --role infer', meaning: 'a key that never expires' },
      { line: 'merlon key create test --role infer --expires 7d', meaning: 'a key for a week' },
    ],
    operands: [{ name: '<NAME>', summary: 'who or what will use it' }],
    options: [
      {
        kind: 'list',
        flags: '-r, --role <ROLE>',
        summary: 'role that the key has on routes; several with commas or several times',
        default: 'infer',
      },
      {
        kind: 'text',
        flags: '--expires <TIME>',
        summary: 'when it ends: 90m, 12h, 30d, or a date such as 2027-01-31; default never',
      },
      databaseOption,
    ],
    load: () => import('./commands/key-create.ts'),
  },
  {
    path: 'key list',
    summary: 'The API keys, without the keys themselves',
    examples: [
      { line: 'merlon key list', meaning: 'as a table' },
      { line: 'merlon key list --json', meaning: 'for a script' },
    ],
    operands: [],
    options: [databaseOption],
    load: () => import('./commands/key-list.ts'),
  },
  {
    path: 'key revoke',
    summary: 'End an API key at once and for ever',
    examples: [
      { line: 'merlon key revoke camera-1 --yes', meaning: 'by name' },
      { line: 'merlon key revoke mln_4f1c --dry-run', meaning: 'which key would that be?' },
    ],
    operands: [{ name: '<KEY>', summary: 'id, name or prefix' }],
    options: [yesOption, dryRunOption, databaseOption],
    load: () => import('./commands/key-revoke.ts'),
  },
  {
    path: 'guard',
    summary: 'What does the text guard think of this?',
    examples: [
      { line: 'merlon guard jane@example.com', meaning: 'one text; with spaces, in quotes' },
      { line: 'cat answer.txt | merlon guard -', meaning: 'from standard input' },
      {
        line: 'merlon guard --jsonl prompts.jsonl --evaluate',
        meaning: 'many, and how often labels and verdicts agree',
      },
    ],
    operands: [{ name: '[TEXT]', summary: 'the text, or - for standard input' }],
    options: [
      {
        kind: 'choice',
        flags: '--channel <CHANNEL>',
        summary: 'where the text stands in a conversation',
        choices: ['system', 'user', 'tool', 'document'],
        default: 'user',
      },
      {
        kind: 'text',
        flags: '--jsonl <FILE>',
        summary: 'texts, one JSON object with "text" on each line; answers are lines too',
      },
      {
        kind: 'flag',
        flags: '--evaluate',
        summary: 'count how "label" of each line agrees with the verdict, instead of the answers',
      },
    ],
    load: () => import('./commands/guard.ts'),
  },
  {
    path: 'audit verify',
    summary: 'Is the audit log whole, in order and signed?',
    examples: [
      { line: 'merlon audit verify', meaning: 'the log of this installation' },
      {
        line: 'merlon audit verify copy/ --checkpoint checkpoint.txt',
        meaning: 'a copy, against a checkpoint kept elsewhere',
      },
    ],
    operands: [{ name: '[DIR]', summary: "folder of the log; default this installation's" }],
    options: [
      {
        kind: 'text',
        flags: '--checkpoint <FILE>',
        summary: 'a checkpoint kept elsewhere: without one, a cut tail cannot be noticed',
      },
      {
        kind: 'list',
        flags: '--witness <DIR>',
        summary: 'folders with copies of checkpoints, besides the configured ones',
      },
      { kind: 'flag', flags: '--no-witness', summary: 'leave the configured witnesses out' },
      {
        kind: 'text',
        flags: '--key <FILE|TEXT>',
        summary: 'verifier key of the log; needed where DIR is not of this installation',
      },
    ],
    load: () => import('./commands/audit-verify.ts'),
  },
  {
    path: 'audit show',
    summary: 'The records of the audit log',
    examples: [
      { line: 'merlon audit show', meaning: 'the last 20' },
      { line: 'merlon audit show 17', meaning: 'one record, whole; --json adds its leaf hash' },
    ],
    operands: [{ name: '[INDEX]', summary: 'number of a record' }],
    options: [
      {
        kind: 'text',
        flags: '--kind <KIND>',
        summary: 'only records of a kind: decision, key, model, assessment, session, server',
      },
      {
        kind: 'integer',
        flags: '--last <N>',
        summary: 'how many, from the end',
        range: [1, 10_000],
        default: '20',
      },
    ],
    load: () => import('./commands/audit-show.ts'),
  },
  {
    path: 'config show',
    summary: 'Every setting, its value, and who decided it',
    examples: [
      { line: 'merlon config show', meaning: 'flag before environment before file before default' },
      { line: 'MERLON_PORT=9000 merlon config show', meaning: 'what would this change?' },
    ],
    operands: [],
    options: [portOption, hostOption, databaseOption],
    load: () => import('./commands/config-show.ts'),
  },
  {
    path: 'explain',
    summary: 'The page of an error code or of a rule; offline',
    examples: [
      { line: 'merlon explain MODEL_UNREADABLE', meaning: 'what it means and what to do' },
      { line: 'merlon explain', meaning: 'all codes' },
    ],
    operands: [{ name: '[CODE]', summary: 'error code, or rule of a finding' }],
    options: [],
    load: () => import('./commands/explain.ts'),
  },
  {
    path: 'doctor',
    summary: 'Can Merlon work here? Checks this machine and the configuration',
    examples: [
      { line: 'merlon doctor', meaning: 'engine, database, folders, port, configuration' },
      { line: 'merlon doctor --json', meaning: 'for a script' },
    ],
    operands: [],
    options: [portOption, hostOption, databaseOption],
    load: () => import('./commands/doctor.ts'),
  },
  {
    path: 'completion',
    summary: 'Print a completion script for a shell',
    examples: [
      { line: 'source <(merlon completion bash)', meaning: 'in ~/.bashrc' },
      { line: 'merlon completion fish | source', meaning: 'in config.fish' },
    ],
    operands: [{ name: '<SHELL>', summary: 'bash, zsh or fish', choices: ['bash', 'zsh', 'fish'] }],
    options: [],
    load: () => import('./commands/completion.ts'),
  },
]
