// Makes src/onnx_pb.ts from proto/onnx.proto. Needed only when the schema changes:
//   1. install `protoc` (Debian: protobuf-compiler)
//   2. in a folder outside the repository: npm install --ignore-scripts @bufbuild/protoc-gen-es@2.13.0
//   3. node packages/model/proto/generate.mjs FOLDER/node_modules/.bin/protoc-gen-es
// Enumerations are rewritten as constants, because the sources hold erasable TypeScript only.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const plugin = process.argv[2]
if (plugin === undefined) throw new Error('usage: node generate.mjs PATH-OF-PROTOC-GEN-ES')
const proto = fileURLToPath(new URL('.', import.meta.url))
const source = fileURLToPath(new URL('../src/', import.meta.url))

execFileSync('protoc', [
  `--proto_path=${proto}`,
  `--plugin=protoc-gen-es=${plugin}`,
  `--es_out=${source}`,
  '--es_opt=target=ts,import_extension=js',
  `${proto}onnx.proto`,
])

const path = `${source}onnx_pb.ts`
const generated = readFileSync(path, 'utf8')
writeFileSync(
  path,
  generated.replace(/export enum (\w+) \{\n([\s\S]*?)\n\}/g, (_, name, body) => {
    const members = body.replace(/^( {2}\w+) = (\d+),$/gm, '$1: $2,')
    return `export const ${name} = {\n${members}\n} as const\nexport type ${name} = (typeof ${name})[keyof typeof ${name}]`
  }),
)
