/** How gcloud was called. */
export interface GcloudCall {
  readonly args: readonly string[]
  /** What it read from stdin; null when it was not asked to. */
  readonly input: string | null
}

/** A call in its parts: `gcloud pubsub topics create t --project=demo`. */
export interface ParsedCall {
  /** "pubsub topics create", without "alpha" and "beta". */
  readonly command: string
  /** "pubsub topics": what there is to create. */
  readonly group: string
  /** The words after the command: its first is the name of the thing. */
  readonly names: readonly string[]
  readonly name: string
  readonly flags: ReadonlyMap<string, string>
  readonly input: string
}

/** Splits a call; undefined when none of `commands` fits. */
export function parseCall(
  { args, input }: GcloudCall,
  commands: readonly string[],
): ParsedCall | undefined {
  const all = args.filter((arg) => !arg.startsWith('--'))
  const words = ['alpha', 'beta'].includes(all[0] ?? '') ? all.slice(1) : all
  const line = `${words.join(' ')} `
  const fitting = commands.filter((command) => line.startsWith(`${command} `))
  const command = fitting.toSorted((a, b) => b.length - a.length)[0]
  if (command === undefined) return undefined
  const names = words.slice(command.split(' ').length)
  const verbAt = command.search(/ (create|update) pubsub$| [^ ]+$/)
  const group = command.slice(0, verbAt)
  const flags = new Map(args.filter((arg) => arg.startsWith('--')).map(splitFlag))
  return { command, group, names, name: names[0] ?? '', flags, input: input ?? '' }
}

/** What the flags say of the thing; not which project it is in. */
export function settingsOf({ flags }: ParsedCall): Readonly<Record<string, string>> {
  const { project: _, quiet: __, ...settings } = Object.fromEntries(flags)
  return settings
}

function splitFlag(flag: string): [name: string, value: string] {
  const [, name = '', value = ''] = /^--([^=]*)=?(.*)$/s.exec(flag) ?? []
  return [name, value]
}
