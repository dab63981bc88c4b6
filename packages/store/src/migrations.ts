import type { SchemaModule } from 'kysely'

/** One step of the schema. A step is never edited once released: the next one changes what it made. */
export interface Migration {
  readonly name: string
  readonly statements: (schema: SchemaModule) => readonly { execute(): Promise<void> }[]
}

/** All steps, oldest first. The types text and bigint mean the same on libSQL and PostgreSQL. */
export const migrations: readonly Migration[] = [
  { name: '0001-policy', statements: policy },
  { name: '0002-sessions', statements: sessions },
  { name: '0003-models-and-assessments', statements: modelsAndAssessments },
  { name: '0004-decisions-and-outbox', statements: decisionsAndOutbox },
  { name: '0005-jobs', statements: jobs },
]

function policy(schema: SchemaModule) {
  return [
    schema
      .createTable('counters')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('value', 'bigint', (c) => c.notNull()),
    schema
      .createTable('meta')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('value', 'text', (c) => c.notNull()),
    schema
      .createTable('api_keys')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('prefix', 'text', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull().unique())
      .addColumn('roles', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('revoked_at', 'bigint'),
  ]
}

function sessions(schema: SchemaModule) {
  return [
    schema
      .createTable('login_tokens')
      .addColumn('hash', 'text', (c) => c.primaryKey())
      .addColumn('user_name', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('expires_at', 'bigint', (c) => c.notNull())
      .addColumn('used_at', 'bigint'),
    schema
      .createTable('sessions')
      .addColumn('hash', 'text', (c) => c.primaryKey())
      .addColumn('user_name', 'text', (c) => c.notNull())
      .addColumn('csrf_token', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('last_seen_at', 'bigint', (c) => c.notNull())
      .addColumn('expires_at', 'bigint', (c) => c.notNull()),
  ]
}

function modelsAndAssessments(schema: SchemaModule) {
  return [
    schema
      .createTable('models')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('path', 'text', (c) => c.notNull())
      .addColumn('sha256', 'text', (c) => c.notNull())
      .addColumn('bytes', 'bigint', (c) => c.notNull())
      .addColumn('signature', 'text', (c) => c.notNull())
      .addColumn('labels', 'text', (c) => c.notNull())
      .addColumn('registered_at', 'bigint', (c) => c.notNull()),
    schema
      .createTable('assessments')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('model', 'text', (c) => c.notNull())
      .addColumn('data', 'text', (c) => c.notNull())
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('verdict', 'text')
      .addColumn('started_at', 'bigint', (c) => c.notNull())
      .addColumn('finished_at', 'bigint')
      .addColumn('finding_counts', 'text', (c) => c.notNull())
      .addColumn('skipped', 'bigint', (c) => c.notNull())
      .addColumn('headline', 'text', (c) => c.notNull())
      .addColumn('problem', 'text'),
    schema.createIndex('assessments_by_model').on('assessments').columns(['model', 'id']),
    schema
      .createTable('assessment_reports')
      .addColumn('assessment_id', 'text', (c) =>
        c.primaryKey().references('assessments.id').onDelete('cascade'),
      )
      .addColumn('json', 'text', (c) => c.notNull())
      .addColumn('html', 'text', (c) => c.notNull()),
  ]
}

function decisionsAndOutbox(schema: SchemaModule) {
  return [
    schema
      .createTable('decisions')
      .addColumn('audit_index', 'bigint', (c) => c.primaryKey())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('verdict', 'text', (c) => c.notNull())
      .addColumn('code', 'text', (c) => c.notNull())
      .addColumn('key_id', 'text')
      .addColumn('body', 'text', (c) => c.notNull()),
    schema.createIndex('decisions_by_time').on('decisions').columns(['at', 'verdict']),
    schema.createIndex('decisions_by_code').on('decisions').columns(['code', 'audit_index']),
    schema.createIndex('decisions_by_verdict').on('decisions').columns(['verdict', 'audit_index']),
    schema.createIndex('decisions_by_key').on('decisions').columns(['key_id', 'audit_index']),
    schema
      .createTable('outbox')
      .addColumn('position', 'bigint', (c) => c.primaryKey())
      .addColumn('id', 'text', (c) => c.notNull().unique())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('entry', 'text', (c) => c.notNull()),
  ]
}

function jobs(schema: SchemaModule) {
  return [
    schema
      .createTable('jobs')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('input', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('run_at', 'bigint', (c) => c.notNull())
      .addColumn('attempts', 'bigint', (c) => c.notNull())
      .addColumn('attempts_max', 'bigint', (c) => c.notNull())
      .addColumn('worker', 'text')
      .addColumn('lease_until', 'bigint')
      .addColumn('token', 'bigint', (c) => c.notNull())
      .addColumn('progress_done', 'bigint', (c) => c.notNull())
      .addColumn('progress_total', 'bigint', (c) => c.notNull())
      .addColumn('cancel_requested', 'bigint', (c) => c.notNull())
      .addColumn('problem', 'text')
      .addColumn('checkpoint', 'text')
      .addColumn('idempotency_key', 'text', (c) => c.unique())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('finished_at', 'bigint'),
    schema.createIndex('jobs_by_state').on('jobs').columns(['state', 'run_at']),
    schema.alterTable('assessments').addColumn('job_id', 'text'),
  ]
}
