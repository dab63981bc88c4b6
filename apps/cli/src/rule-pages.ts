import type { ErrorPage } from '@merlon/core'

/** The rules that the command line itself reports. */
export const cliRulePages: Readonly<Record<'doctor/check-failed', ErrorPage>> = {
  'doctor/check-failed': {
    title: 'something that Merlon needs does not work on this machine',
    meaning:
      'merlon doctor tries each thing for real: it runs a model, writes to a database, opens a port. The finding names the check that failed and what it saw.',
    fix: 'Follow the sentence beside the check, then run merlon doctor again.',
  },
}
