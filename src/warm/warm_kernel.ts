import { RunError } from '../errors.ts'
import type { RunEvent } from '../events.ts'
import { executeCell } from '../execution/cell_execution.ts'
import { ExecutedNotebook } from '../execution/executed_notebook.ts'
import { setSecrets } from '../execution/set_secrets.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { Notebook } from '../jupyter/nbformat.ts'
import { prepareParameters } from '../parameters/inject.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { RunRequest } from '../request/run_request.ts'
import { openServer } from '../request/server_config.ts'
import { RunLimits } from '../run/run_cells.ts'
import { kernelLookups, obtainKernel, startKernel } from '../run/start_kernel.ts'
import { deadline, neverAborts, noop } from '../util/abort.ts'
import { NotWarmable, type Setup } from './setup.ts'

/** What a warm kernel is made of. */
export interface Recipe {
  readonly request: RunRequest
  readonly notebook: Notebook
  readonly setup: Setup
  /** The request's, which masks what is logged. */
  readonly redactor: Redactor
}

type Made = 'kernel' | 'language' | 'warnings'

const attachMs = 5_000
const deletionMs = 15_000

/** A kernel in which a setup has run, without a connection to it until it is taken. */
export class WarmKernel {
  readonly key: string
  readonly kernel: Kernel
  /** As of a kernel that a run starts. */
  readonly language: string | null
  readonly warnings: readonly string[]
  readonly #madeTick = performance.now()
  #attaching: Promise<boolean> | null = null

  constructor({ key, kernel, language, warnings }: Pick<WarmKernel, 'key' | Made>) {
    this.key = key
    this.kernel = kernel
    this.language = language
    this.warnings = warnings
  }

  /** The time since its setup ended. */
  get ageMs(): number {
    return Math.round(performance.now() - this.#madeTick)
  }

  /** Connects to it again; false where it is not there any more, or was restarted. */
  async attach(): Promise<boolean> {
    this.#attaching = this.#attach()
    return await this.#attaching
  }

  async #attach(): Promise<boolean> {
    using limit = deadline(attachMs, noAnswer)
    return await this.kernel.attach(limit.signal).then(
      () => true,
      () => false,
    )
  }

  /** Deletes it. Never throws: `kernel.deletionError` says what went wrong. */
  async end(): Promise<void> {
    await this.#attaching // a connection that comes later would stay
    await this.kernel.end(deletionMs, neverAborts)
  }
}

function noAnswer(): RunError {
  return new RunError(
    'KERNEL_GONE',
    `Cannot use the warm kernel: no answer in ${attachMs / 1000} s`,
  )
}

/** Starts a kernel and runs the setup in it; throws what went wrong, and leaves no kernel then. */
export async function warmUp(recipe: Recipe, signal: AbortSignal): Promise<WarmKernel> {
  const { request, notebook, setup, redactor } = recipe
  const server = openServer(request.server, redactor)
  using limits = new RunLimits(request, signal)
  const lookups = kernelLookups({ request, server }, limits.start)
  const warnings: string[] = []
  const emit = (event: RunEvent) => {
    if (event.type === 'warning') warnings.push(event.message)
  }
  const sources = { request, server, lookups, emit }
  const { kernel, language } = await obtainKernel(sources, notebook, limits.start)
  try {
    await startKernel(kernel, sources, limits.start)
    limits.started()
    if (!kernel.showsRestarts) throw new NotWarmable('its kernel does not tell of a restart')
    await runSetup(kernel, { ...recipe, language }, limits.run)
    await kernel.detach(limits.run)
    return new WarmKernel({ key: setup.key, kernel, language, warnings })
  } catch (error) {
    await kernel.end(deletionMs, neverAborts)
    throw error
  }
}

async function runSetup(
  kernel: Kernel,
  { request, notebook, setup, redactor, language }: Recipe & { readonly language: string | null },
  signal: AbortSignal,
): Promise<void> {
  const { secrets } = prepareParameters(
    notebook,
    { parameters: new Map(), secrets: request.secrets },
    { name: kernel.name, language: request.language ?? language },
  )
  await setSecrets(kernel, secrets, signal)
  const { maxOutputMegabytes } = request
  const path = request.notebook.describe()
  const facts = { path, parameters: new Map(), maxOutputMegabytes, redactor }
  const executed = new ExecutedNotebook(notebook, facts)
  const { cells, allowErrors } = setup.plan
  kernel.record()
  for (const cell of cells) {
    const execution = { kernel, executed, allowErrors, emit: noop }
    const { failure, exits } = await executeCell(execution, cell, signal)
    if (failure !== null && !allowErrors) throw failure
    if (exits) throw new NotWarmable('its setup ends the notebook')
  }
}
