import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { configJsonSchema } from '../apps/server/src/config/config.ts'
import { markdownTable, schemaRows } from './schema-rows.ts'

export const configPage = fileURLToPath(
  new URL('../docs/reference/configuration.md', import.meta.url),
)

const example = `version: 1
project: shop
models:
  digits: { path: models/digits.onnx }
routes:
  /v2/models/digits:
    model: digits
    auth: { roles: [app] }
    limits: { requestsPerSecond: 20, burst: 40 }
audit:
  witness: [/mnt/elsewhere/merlon]`

/** docs/reference/configuration.md, made from the schema. */
export function configReference(): string {
  const rows = schemaRows(configJsonSchema()).map(({ path, type, needed, standard, meaning }) => [
    `\`${path}\``,
    type,
    needed ? 'needed' : standard === '' ? '' : `\`${standard}\``,
    meaning,
  ])
  return `${[
    '# merlon.yaml',
    'Made from the schema by `npx tsx tools/docs-config.ts` after `npm run build`; do not edit.',
    'One strict file: an unknown key is an error with its line and the key that was most likely meant. `merlon init` writes one beside `merlon.schema.json`, which lets an editor check and complete it.',
    `\`\`\`yaml\n${example}\n\`\`\``,
    '## Keys',
    '`NAME` stands for a name of your own. Paths are relative to the file.',
    markdownTable(['key', 'value', 'default', 'meaning'], rows),
    '## Where a setting comes from',
    'A flag goes before the environment, that before the file, that before the default; an empty variable counts as absent. `merlon config show` prints each setting with its origin.',
    markdownTable(
      ['setting', 'flag', 'environment', 'key', 'default'],
      [
        [
          'configuration file',
          '`--config`',
          '`MERLON_CONFIG`',
          '',
          '`merlon.yaml` in the working directory; without one `merlon start` is the demo',
        ],
        ['state folder', '`--state`', '`MERLON_STATE`', '', '`.merlon` beside the file'],
        ['address', '`--host`', '`MERLON_HOST`', '`listen.host`', '`127.0.0.1`'],
        ['port', '`--port`', '`MERLON_PORT`', '`listen.port`', '`8421`'],
        [
          'database',
          '`--database`',
          '`MERLON_DATABASE`',
          '`database`',
          '`merlon.db` in the state folder',
        ],
      ],
    ),
    '## Secrets',
    'A secret never stands in the file. Where a key takes `{ env: NAME }` or `{ file: PATH }`, the value is read from that environment variable or that file when the server starts; a database URL with a password written out is an error.',
    '## Limits',
    'The file may hold 256 KiB and 100 expanded aliases.',
  ].join('\n\n')}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(configPage, configReference())
