import { severities } from '@merlon/core'
import type { OptionSpec } from './command.ts'

/** Options of every command. */
export const commonOptions: readonly OptionSpec[] = [
  { kind: 'flag', flags: '--json', summary: 'one JSON object on stdout instead of text' },
  { kind: 'flag', flags: '-q, --quiet', summary: 'no talk on stderr; warnings and errors stay' },
  {
    kind: 'flag',
    flags: '-v, --verbose',
    summary: 'more talk on stderr, and the stack of an error',
  },
  { kind: 'flag', flags: '--color', summary: 'colours even where the output is no terminal' },
  { kind: 'flag', flags: '--no-color', summary: 'no colours (also: NO_COLOR=1)' },
  {
    kind: 'integer',
    flags: '--seed <N>',
    summary: 'seed of everything random',
    range: [0, 2 ** 32 - 1],
    default: '0',
  },
  {
    kind: 'choice',
    flags: '--fail-on <SEVERITY>',
    summary: `least severity that makes the exit code 1 (${severities.join(', ')})`,
    choices: severities,
    default: 'medium',
  },
  {
    kind: 'text',
    flags: '--config <FILE>',
    summary: 'configuration (also: MERLON_CONFIG); default merlon.yaml',
  },
  {
    kind: 'text',
    flags: '--state <DIR>',
    summary: 'state folder (also: MERLON_STATE); default .merlon beside merlon.yaml',
  },
]
