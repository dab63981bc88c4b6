/** What `merlon explain CODE` prints. Each package has a table with a page per code. */
export interface ErrorPage {
  readonly title: string
  /** What happened and why Merlon stops there; one paragraph. */
  readonly meaning: string
  /** What to do about it; one paragraph. */
  readonly fix: string
}
