import type { ErrorPage } from '@merlon/core'
import type { CliErrorCode } from './cli-error.ts'

/** One page per code, for `merlon explain`. */
export const cliErrorPages: Readonly<Record<CliErrorCode, ErrorPage>> = {
  USAGE: {
    title: 'the command line was not understood',
    meaning:
      'A command or option is unknown, an argument is missing, or a value has the wrong form. Nothing was run.',
    fix: 'Read the sentence: it names the part and often the word that was meant. `merlon COMMAND --help` begins with two examples.',
  },
  CODE_UNKNOWN: {
    title: 'there is no page for this code',
    meaning: 'Pages exist for error codes such as MODEL_UNREADABLE and for rules of findings.',
    fix: 'Run `merlon explain` without a code to see all of them.',
  },
  NOT_CONFIRMED: {
    title: 'a change that cannot be taken back was not confirmed',
    meaning:
      'Commands never ask questions, so that scripts cannot hang. A command that destroys or replaces something runs only when --yes is given.',
    fix: 'Look at what --dry-run says, then repeat the command with --yes.',
  },
  FILE_UNWRITABLE: {
    title: 'a file could not be written',
    meaning: 'The folder does not exist, may not be written, or the disk is full.',
    fix: 'Check the path in the message, or name another one.',
  },
  FILE_UNREADABLE: {
    title: 'a file could not be read',
    meaning: 'The file does not exist or may not be read.',
    fix: 'Check the path in the message; relative paths begin at the current folder.',
  },
  INTERNAL: {
    title: 'Merlon itself failed',
    meaning:
      'Something happened that should not be possible. The run came to no result, which is why it ends with exit code 2 and not with 0.',
    fix: 'Run the command again with --verbose and report the stack, without the data that it ran on.',
  },
}
