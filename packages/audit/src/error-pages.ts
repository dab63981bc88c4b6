import type { ErrorPage } from '@merlon/core'
import type { AuditErrorCode } from './audit-error.ts'

/** What `merlon explain CODE` prints for each code of this package. */
export const auditErrorPages: Readonly<Record<AuditErrorCode, ErrorPage>> = {
  AUDIT_NOT_FOUND: {
    title: 'there is no audit log in this folder',
    meaning:
      'The folder is missing, or it holds neither a checkpoint nor records. A log that is not there is not a whole log.',
    fix: 'Check the path. If a log should be there, somebody removed it: compare with a checkpoint copy from elsewhere, and restore from your backup.',
  },
  AUDIT_LOCKED: {
    title: 'another process writes to this log',
    meaning:
      'A log has one writer. The file `lock` names a process that is alive, or another process took the log over while this one was stopped.',
    fix: 'Stop the other process first. Reading and verifying need no lock and work meanwhile.',
  },
  AUDIT_CLOSED: {
    title: 'the log was closed',
    meaning: 'A record was to be appended after `close()`. The record was not accepted.',
    fix: 'Append before closing: answer the last requests first, then close the log.',
  },
  AUDIT_DAMAGED: {
    title: 'the log is damaged',
    meaning:
      'A file of the log is missing, changed, or does not fit the others. The writer refuses to go on, because going on would sign the damage. An incomplete last journal frame is not damage: it is what a sudden stop leaves, it was never acknowledged, and it is dropped.',
    fix: 'Keep a copy of the folder as evidence and run `merlon audit verify`, which names what is wrong. Then restore the folder from a backup, or move it away so that a new log begins.',
  },
  AUDIT_TRUNCATED: {
    title: 'records are missing at the end of the log',
    meaning:
      'A copy of a checkpoint outside the log, or the log’s own files, show that it held more records than it holds now. A crash cannot do this: a checkpoint is published only after its records are safely on disk. Somebody cut the log, or an old backup was restored.',
    fix: 'Find the missing records in a backup. If an old backup was restored on purpose, keep the copy of the checkpoint as evidence, move it away, and start again.',
  },
  AUDIT_FORKED: {
    title: 'the log’s history was rewritten',
    meaning:
      'A signed checkpoint outside the log does not fit the log: of the same records it has another root. Either the log was rewritten after it was signed, or two logs share one key and origin.',
    fix: 'Keep both the log and the copy as evidence. Find out who could write to the folder, restore the log that fits the copy, and give each log an origin of its own.',
  },
  AUDIT_CHECKPOINT_INVALID: {
    title: 'the log’s checkpoint does not verify',
    meaning:
      'The file `checkpoint` is not signed by this key under this origin, or it was changed after it was signed.',
    fix: 'Check that the key and the origin belong to this log. If they do, treat the folder as evidence and restore it from a backup.',
  },
  AUDIT_WITNESS_INVALID: {
    title: 'a checkpoint copy belongs to another log or was changed',
    meaning:
      'A witness folder holds a file of the name that this log uses, but it does not verify with this log’s key, or it changed since this log wrote it. It is left alone, because it may be evidence.',
    fix: 'Give each log an origin of its own. If the copy is of an earlier log that you replaced on purpose, move it away.',
  },
  AUDIT_WITNESS_UNREACHABLE: {
    title: 'a witness folder cannot be written',
    meaning:
      'The newest checkpoint could not be copied to a witness folder. No record is lost, but until it works again, cutting the log back to the last copy cannot be noticed there.',
    fix: 'Check that the folder exists, is mounted and has free space. The next checkpoint tries again.',
  },
  AUDIT_ENTRY_INVALID: {
    title: 'this cannot be a record',
    meaning:
      'A record is a JSON object with a `kind`, has a canonical JSON text, and is at most 65,535 bytes long. The record was not accepted.',
    fix: 'Record a digest in place of long or binary content.',
  },
  AUDIT_NO_SUCH_RECORD: {
    title: 'the log has no such record',
    meaning: 'The index is not a number from 0 to one less than the size of the log.',
    fix: 'Ask for a record that exists; `merlon audit show` prints the size.',
  },
  AUDIT_NOT_COVERED: {
    title: 'no checkpoint covers this record yet',
    meaning:
      'A proof leads to a signed checkpoint, and the newest one was signed before this record was written. Checkpoints are at most a second apart.',
    fix: 'Ask again in a second.',
  },
  AUDIT_OVERLOADED: {
    title: 'records arrive faster than they can be stored',
    meaning:
      'Too many bytes wait to be put into the tree. The record was not accepted, so that memory stays bounded and nothing is acknowledged that could be lost.',
    fix: 'Find out why the disk is slow or full; limit requests meanwhile.',
  },
  AUDIT_WRITE_FAILED: {
    title: 'the log could not be written',
    meaning:
      'Writing or syncing a file of the log failed: the disk is full, broken or read-only. After a failed write to the journal the log accepts no more records, because it cannot know what reached the disk.',
    fix: 'Free space or repair the disk, then restart: opening the log recovers every record that was acknowledged.',
  },
}
