import { readFile } from 'node:fs/promises'

/** What a container of the image starts: the words of ENTRYPOINT and CMD, in their JSON form. */
export async function startOf(dockerfile: string): Promise<readonly string[]> {
  const text = await readFile(dockerfile, 'utf8')
  return ['ENTRYPOINT', 'CMD'].flatMap((name) => wordsOf(text, name))
}

/** The images that it stands on: what follows FROM, without names of stages. */
export async function basesOf(dockerfile: string): Promise<readonly string[]> {
  const text = await readFile(dockerfile, 'utf8')
  return [...text.matchAll(/^FROM (\S+)/gm)].map(([, base = '']) => base)
}

function wordsOf(text: string, instruction: string): readonly string[] {
  const [, list] = new RegExp(`^${instruction} (\\[.*\\])$`, 'm').exec(text) ?? []
  if (list === undefined) throw new Error(`Cannot find ${instruction} ["...", ...] in a Dockerfile`)
  return JSON.parse(list)
}
