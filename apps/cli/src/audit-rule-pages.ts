import { type AuditRule, auditRules } from '@merlon/audit'
import type { ErrorPage } from '@merlon/core'

/** What each rule of `audit verify` says happened; the fixes are the audit package's own. */
const meanings: Readonly<Record<AuditRule, readonly [title: string, meaning: string]>> = {
  'audit/record-changed': [
    'a record is not what it was when it was logged',
    'The hash of the record does not lead to the root that was signed. Somebody or something changed its bytes afterwards.',
  ],
  'audit/record-removed': [
    'a record is missing',
    'The signed tree has a record at this place, and the files of the log have none.',
  ],
  'audit/record-added': [
    'there is a record that was never logged',
    'The files of the log hold a record that the signed tree does not know.',
  ],
  'audit/truncated': [
    'the end of the log was cut off',
    'A copy of a checkpoint from elsewhere covers more records than the log holds. The log and its own checkpoint were set back together.',
  ],
  'audit/forked': [
    'there are two histories',
    'A copy of a checkpoint and the log both carry a valid signature, and they do not agree on the records that both cover.',
  ],
  'audit/root-mismatch': [
    'the records do not add up to the signed root',
    'Recomputing the tree from the records gives another root hash than the one in the checkpoint.',
  ],
  'audit/checkpoint-invalid': [
    'the checkpoint does not verify',
    'The signature, the name of the log or the form of the checkpoint is wrong.',
  ],
  'audit/checkpoint-behind': [
    'the checkpoint covers fewer records than it did',
    'The log holds records that were covered by a signature before and are not any more.',
  ],
  'audit/copy-invalid': [
    'a copy of a checkpoint does not verify',
    'The copy that was given to compare with is damaged, belongs to another log, or was changed.',
  ],
  'audit/tile-changed': [
    'a tile of the tree was changed',
    'The hashes that are kept beside the records do not agree with the records. The records themselves can still be proven.',
  ],
  'audit/file-changed': [
    'a file of the log was changed',
    'A file does not hold what the log wrote into it.',
  ],
  'audit/file-missing': [
    'a file of the log is missing',
    'The signed tree needs the file, and it is not there.',
  ],
  'audit/unexpected-file': [
    'there is a file that the log did not make',
    'A folder of the log holds something foreign. It does no harm by itself, but nobody should write there.',
  ],
  'audit/journal-changed': [
    'the newest records were changed',
    'The journal holds records that no checkpoint covers yet. One of them fails its checksum.',
  ],
}

/** Pages of the audit log's rules. */
export const auditRulePages: Readonly<Record<string, ErrorPage>> = Object.fromEntries(
  Object.entries(meanings).map(([rule, [title, meaning]]) => {
    // The keys of the table are its type's.
    const { fix, severity } = auditRules[rule as AuditRule]
    return [rule, { title, meaning: `${meaning} Severity: ${severity}.`, fix }]
  }),
)
