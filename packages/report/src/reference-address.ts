import type { Reference } from '@merlon/core'

/** Where a catalogue shows one entry. A row holds the form of its identifiers, so that no other text becomes a link. */
const catalogues: Partial<
  Record<
    Reference['catalogue'],
    { readonly form: RegExp; readonly address: (id: string) => string }
  >
> = {
  ATLAS: {
    form: /^AML\.T\d{4}(\.\d{3})?$/,
    address: (id) => `https://atlas.mitre.org/techniques/${id}`,
  },
  CWE: {
    form: /^CWE-\d{1,5}$/,
    address: (id) => `https://cwe.mitre.org/data/definitions/${id.slice(4)}.html`,
  },
  CVE: {
    form: /^CVE-\d{4}-\d{4,7}$/,
    address: (id) => `https://www.cve.org/CVERecord?id=${id}`,
  },
}

/** The entry's web page, or `undefined` where the catalogue has none for each entry. */
export function referenceAddress({ catalogue, id }: Reference): string | undefined {
  const row = catalogues[catalogue]
  return row?.form.test(id) ? row.address(id) : undefined
}
