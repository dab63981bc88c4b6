import type { ErrorPage } from '@merlon/core'
import type { StoreErrorCode } from './store-error.ts'

/** One page per code, for `merlon explain`. */
export const storeErrorPages: Readonly<Record<StoreErrorCode, ErrorPage>> = {
  DATABASE_URL_INVALID: {
    title: 'the database setting is neither a file nor a PostgreSQL URL',
    meaning:
      'State lives in a file of this machine, or in PostgreSQL when the setting begins with postgres:// or postgresql://. No other scheme is understood, so that a typing mistake cannot send state elsewhere.',
    fix: 'Set `database:` in merlon.yaml to a file path, or to a URL such as postgres://user@host:5432/merlon.',
  },
  DATABASE_UNREACHABLE: {
    title: 'the database cannot be opened',
    meaning:
      'The file could not be created or opened, or the PostgreSQL server did not answer or refused the login.',
    fix: 'For a file: check that its folder exists and may be written. For PostgreSQL: check host, port, user, password and that the server runs.',
  },
  DATABASE_UNREADABLE: {
    title: 'the file is not a database, or it is damaged',
    meaning: 'The file exists, but its content is not a database that libSQL can read.',
    fix: 'Check the path. If the file was a Merlon database, restore it from a backup; the audit log does not depend on it.',
  },
  DATABASE_BUSY: {
    title: 'another process kept the database locked for too long',
    meaning:
      'A write waits ten seconds for the write of another process on the same file. It took longer than that.',
    fix: 'Look for a process that hangs with the file open. Several servers on one database should use PostgreSQL.',
  },
  DATABASE_FULL: {
    title: 'the disk of the database is full',
    meaning: 'A write was refused because there is no space left. Nothing of it was kept.',
    fix: 'Free space on that disk and repeat the operation.',
  },
  DATABASE_FAILED: {
    title: 'the database refused a statement',
    meaning:
      'The database answered with an error that Merlon has no word for. Nothing of the change was kept.',
    fix: 'Run the command again with --verbose to see what the database said.',
  },
  SCHEMA_TOO_NEW: {
    title: 'the database was written by a newer Merlon',
    meaning:
      'The database holds migrations that this version does not know. Going on could damage what the newer version wrote.',
    fix: 'Run the newer version, or point this one to a database of its own.',
  },
  TEXT_UNSTORABLE: {
    title: 'a text holds a character that no database keeps',
    meaning:
      'PostgreSQL cannot store the character U+0000 and libSQL cuts a text at it; neither keeps half of a surrogate pair. Such a text is refused rather than changed.',
    fix: 'Remove the NUL character or the broken character from the name or text.',
  },
  TEXT_TOO_LONG: {
    title: 'a text is longer than the store accepts',
    meaning: 'One value may have 64 million characters.',
    fix: 'Shorten the value; for a report, ask for fewer pictures.',
  },
  ASSESSMENT_NOT_RUNNING: {
    title: 'the assessment is not running',
    meaning:
      'A result can be kept once, for an assessment that was started. This one is unknown or has ended already.',
    fix: 'Start a new assessment.',
  },
  JOB_LEASE_LOST: {
    title: 'the job has gone to another worker',
    meaning:
      'A worker holds a job for as long as it says that it lives. This one was silent for longer than its lease, because it hung, was suspended or lost the database, so that another took over; or the job has ended. What the late worker wanted to write was refused, so that nothing counts twice.',
    fix: 'Nothing is lost: the other worker goes on from the last checkpoint. If it happens often, look for a machine that sleeps or a database that cannot be reached.',
  },
}
