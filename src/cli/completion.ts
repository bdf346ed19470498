import { RunError } from '../errors.ts'
import { allOptions, isRepeatable, type Option } from '../request/options.ts'
import { closestString } from '../util/closest_string.ts'
import { quoteForError } from '../util/text.ts'

/** The words that may be the first argument in place of a host. */
const subcommands: Readonly<Record<string, string>> = {
  doctor: 'check a Jupyter Server step by step',
  cancel: 'end a run with --resumable whose process has died',
  completion: 'print the completion script for bash, zsh or fish',
  help: 'print the help, or that of a command',
}

const shells: Readonly<Record<string, () => string>> = { bash, zsh, fish }

/** The script of `nbtrigger completion SHELL`, made of the table of options; throws ARGUMENTS_INVALID. */
export function completionScript(args: readonly string[]): string {
  const [shell = '', ...rest] = args
  const create = Object.hasOwn(shells, shell) && rest.length === 0 ? shells[shell] : undefined
  if (create !== undefined) return create()
  const reason =
    args.length === 0
      ? ': the shell is not named'
      : ` for ${quoteForError(args.join(' '))}: there is none`
  throw new RunError('ARGUMENTS_INVALID', `Cannot print a completion script${reason}`, {
    advice: `write one of ${Object.keys(shells)
      .map((name) => `"nbtrigger completion ${name}"`)
      .join(', ')}`,
  })
}

/**
 * The command that was probably meant by the first argument, where it is no host: a notebook follows a
 * host. null when it may be right.
 */
export function misspeltCommand([first = '', second = '']: readonly string[]): RunError | null {
  const mayBeHost = second.startsWith('/') || second.endsWith('.ipynb')
  if (mayBeHost || !/^[a-z]+$/i.test(first) || Object.hasOwn(subcommands, first)) return null
  const close = closestString(first, Object.keys(subcommands))
  if (close === null) return null
  const what = `Cannot read the argument ${quoteForError(first)}: there is no such command`
  return new RunError('ARGUMENTS_INVALID', what, { advice: `did you mean "${close}"?` })
}

/** Those that the command takes. */
const offered: readonly Option[] = allOptions.filter(({ messageOnly }) => !messageOnly)

/** The flags of an option, with their dashes. */
function flagsOf({ name, alias }: Option): readonly string[] {
  return alias === undefined ? [`--${name}`] : [`-${alias}`, `--${name}`]
}

function takesFile({ name }: Option): boolean {
  return name === 'file' || name.endsWith('-file')
}

/** One line, without the marks of Markdown, and with quotes of which no shell makes anything. */
function meaningOf({ meaning }: Option): string {
  return meaning.replaceAll('`', '').replaceAll("'", '’')
}

function bash(): string {
  const flags = offered.flatMap(flagsOf)
  const withFile = offered.filter(takesFile).flatMap(flagsOf)
  const withValue = offered
    .filter((option) => option.argument !== undefined && !takesFile(option))
    .flatMap(flagsOf)
  return `# nbtrigger: completion for bash; load it with: source <(nbtrigger completion bash)
_nbtrigger() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} IFS=$'\\n'
  COMPREPLY=()
  case $previous in
    ${withFile.join('|')}) COMPREPLY=($(compgen -f -- "$word")); return ;;
    ${withValue.join('|')}) return ;;
    completion) COMPREPLY=($(compgen -W $'${Object.keys(shells).join('\\n')}' -- "$word")); return ;;
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W $'${flags.join('\\n')}' -- "$word"))
    return
  fi
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W $'${Object.keys(subcommands).join('\\n')}' -- "$word"))
  fi
  COMPREPLY+=($(compgen -f -X '!*.ipynb' -- "$word") $(compgen -d -- "$word"))
}
complete -o filenames -F _nbtrigger nbtrigger`
}

function zsh(): string {
  const specs = offered.map((option) => {
    const flags = flagsOf(option)
    const repeated = isRepeatable(option)
    const names = flags.length === 1 ? flags.join('') : `{${flags.join(',')}}`
    const others = repeated ? '*' : `(${flags.join(' ')})`
    const meaning = meaningOf(option).replaceAll(/[[\]]/g, '\\$&')
    const values = (option.argument?.split(' ') ?? []).map(
      (name) => `:${name}:${takesFile(option) ? '_files' : ' '}`,
    )
    return `    '${others}'${names}'[${meaning}]${values.join('')}'`
  })
  const commands = Object.entries(subcommands).map(([name, meaning]) => `'${name}:${meaning}'`)
  return `#compdef nbtrigger
# nbtrigger: completion for zsh; load it with: source <(nbtrigger completion zsh)
_nbtrigger_first() {
  local -a commands=(${commands.join(' ')})
  _describe command commands
  _files -g '*.ipynb'
}
_nbtrigger() {
  _arguments -s \\
${specs.map((spec) => `${spec} \\`).join('\n')}
    '1:HOST or notebook:_nbtrigger_first' \\
    '*:notebook:_files -g "*.ipynb"'
}
compdef _nbtrigger nbtrigger`
}

function fish(): string {
  const lines = offered.map((option) => {
    const alias = option.alias === undefined ? '' : ` -s ${option.alias}`
    const value = option.argument === undefined ? '' : takesFile(option) ? ' -r -F' : ' -x'
    return `complete -c nbtrigger${alias} -l ${option.name}${value} -d '${meaningOf(option)}'`
  })
  const first = Object.entries(subcommands).map(
    ([name, meaning]) =>
      `complete -c nbtrigger -n __fish_use_subcommand -a ${name} -d '${meaning}'`,
  )
  const list = Object.keys(shells).join(' ')
  return [
    '# nbtrigger: completion for fish; load it with: nbtrigger completion fish | source',
    ...first,
    `complete -c nbtrigger -n '__fish_seen_subcommand_from completion' -f -a '${list}'`,
    ...lines,
  ].join('\n')
}
