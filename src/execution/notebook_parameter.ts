/** A parameter that a notebook takes, as its `parameters` cell shows it. */
export interface NotebookParameter {
  readonly name: string
  /** null where the cell does not say. */
  readonly type: string | null
  /** As source text. */
  readonly default: string
  /** What a comment says of it. */
  readonly help: string
}
