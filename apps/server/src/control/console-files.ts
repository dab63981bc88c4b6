import { readdir, readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join, relative, sep } from 'node:path'
import { assert } from '@merlon/core'
import { sha256Hex } from '@merlon/crypto'
import { limits } from '../limits.ts'

interface ConsoleFile {
  readonly bytes: Uint8Array
  readonly type: string
  readonly etag: string
  readonly cacheControl: string
}

/** The console's files by URL path. What is not in here cannot be asked for, whatever the path says. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

/** Where the built console is installed. */
export function installedConsole(): string {
  const require = createRequire(import.meta.url)
  return join(dirname(require.resolve('@merlon/console/package.json')), 'dist')
}

/** Reads a built console into memory; a folder that is not there gives no files. */
export async function readConsoleFiles(folder: string): Promise<ConsoleFiles> {
  const files = new Map<string, ConsoleFile>()
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  assert(entries.length <= limits.consoleFilesMax, 'the console has a bounded number of files')
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const type = types[extname(entry.name)]
    // Only plain files of known types: a link could lead out of the folder.
    if (!entry.isFile() || type === undefined) continue
    if ((await stat(path)).size > limits.consoleFileBytesMax) continue
    const bytes = await readFile(path)
    const url = `/${relative(folder, path).split(sep).join('/')}`
    files.set(url, {
      bytes,
      type,
      etag: `"${sha256Hex(bytes).slice(0, 32)}"`,
      // The build names assets by their content, so that they never change under their name.
      cacheControl: url.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
  }
  return files
}

/** A console file as an answer; a page of the console's own routing gets its one document. */
export function consoleAnswer(files: ConsoleFiles, request: Request): Response {
  const { pathname } = new URL(request.url)
  const isPage = !pathname.startsWith('/assets/') && extname(pathname) === ''
  const file = files.get(pathname) ?? (isPage ? files.get('/index.html') : undefined)
  if (file === undefined) return missing(isPage && files.size === 0)
  const headers = {
    'content-type': file.type,
    'cache-control': file.cacheControl,
    etag: file.etag,
  }
  if (request.headers.get('if-none-match') === file.etag) {
    return new Response(null, { status: 304, headers })
  }
  return new Response(request.method === 'HEAD' ? null : new Uint8Array(file.bytes), { headers })
}

function missing(isUnbuilt: boolean): Response {
  const text = isUnbuilt
    ? 'The console is not built. Run "npm run build" and start again.\n'
    : 'There is no such file.\n'
  return new Response(text, {
    status: isUnbuilt ? 503 : 404,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  })
}
