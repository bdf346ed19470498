import type { FidelityNotebook } from './notebook.ts'
import { cells } from './notebooks/cells.ts'
import { clearing } from './notebooks/clearing.ts'
import { deno } from './notebooks/deno.ts'
import { displays } from './notebooks/displays.ts'
import { ends } from './notebooks/ends.ts'
import { errors } from './notebooks/errors.ts'
import { late } from './notebooks/late.ts'
import { messages } from './notebooks/messages.ts'
import { r } from './notebooks/r.ts'
import { streams } from './notebooks/streams.ts'
import { widgets } from './notebooks/widgets.ts'

/** Together they show every rule of what it means to execute a notebook. */
export const notebooks: readonly FidelityNotebook[] = [
  ...streams,
  ...late,
  ...displays,
  ...clearing,
  ...errors,
  ...ends,
  ...cells,
  ...widgets,
  ...messages,
  ...r,
  ...deno,
]
