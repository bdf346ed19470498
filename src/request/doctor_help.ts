import { optionLines, section } from './help.ts'
import { positionals } from './options.ts'

/** What `nbtrigger doctor --help` prints. */
export function doctorHelpText(): string {
  const { host, notebook } = positionals
  return [
    'Looks at a Jupyter Server step by step: what is good, what is bad, and what to do about it',
    `Usage: nbtrigger doctor ${host.argument} [${notebook.argument}] [options]`,
    'Put "doctor" before the words of a run that goes wrong: it takes all of them, and heeds these:',
    section(
      'Options',
      optionLines(['use-https', 'base-url', 'kernel', 'kernel-id', 'start-timeout']),
    ),
    section('Output', [
      ['stdout', 'a line for each check: its name, good, warning, bad or skipped, what is so'],
      [
        '--json',
        'a JSON array of { check, verdict, what, advice } instead; the lines go to stderr',
      ],
    ]),
    section('Exit status', [
      ['0', 'nothing is bad'],
      ['2', 'the arguments are wrong, or refused by policy'],
      ['3', 'something is bad'],
      ['130', 'interrupted'],
    ]),
    'It starts a kernel of its own where it gets so far, makes it print 3.5 MB, and deletes it.',
  ].join('\n\n')
}
