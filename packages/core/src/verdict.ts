/** What the gateway does with a request or a response. */
export type Verdict<Body = Uint8Array> =
  | { readonly kind: 'pass' }
  | { readonly kind: 'rewrite'; readonly body: Body; readonly reason: string }
  | { readonly kind: 'block'; readonly reason: string }
  | { readonly kind: 'review'; readonly reason: string }

export const verdictKinds = ['pass', 'rewrite', 'block', 'review'] as const
export type VerdictKind = (typeof verdictKinds)[number]
