import { isRecord } from '../../src/util/record.ts'
import type { Fields } from './notebook.ts'

/**
 * A notebook without what no two executions share: addresses, ids, process numbers and times are
 * replaced by what stays the same, and streams are joined however they were cut into messages.
 */
export function normalized({ cells, ...rest }: Fields): unknown {
  const names = new Map<string, string>()
  const plain = (text: string): string => {
    return text
      .replaceAll(/0x[0-9a-f]{7,12}\b/g, '<address>')
      .replaceAll(/\/ipykernel_\d+\/\d+\.py/g, '/<cell>.py')
      .replaceAll(time, '<time>')
      .replaceAll(id, (found) => {
        if (!names.has(found)) names.set(found, `<id ${names.size + 1}>`)
        return names.get(found) ?? found
      })
  }
  return walked({ cells, ...rest }, plain) // in one order, by which ids are counted
}

const id = /(?<![0-9a-f])(?:[0-9a-f]{32}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?![0-9a-f])/g
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/g

function walked(value: unknown, plain: (text: string) => string): unknown {
  if (typeof value === 'string') return plain(value)
  if (Array.isArray(value)) return joined(value).map((item) => walked(item, plain))
  if (!isRecord(value)) return value
  const fields = Object.entries(value).map(([name, item]) => [plain(name), walked(item, plain)])
  return Object.fromEntries(fields)
}

/** Streams of one name that follow each other become one. */
function joined(list: readonly unknown[]): readonly unknown[] {
  const result: unknown[] = []
  for (const item of list) {
    const last = result.at(-1)
    if (isStream(item) && isStream(last) && item.name === last.name) {
      result[result.length - 1] = { ...last, text: last.text + item.text }
    } else result.push(item)
  }
  return result
}

interface Stream extends Fields {
  readonly name: string
  readonly text: string
}

function isStream(value: unknown): value is Stream {
  if (!isRecord(value) || value['output_type'] !== 'stream') return false
  return typeof value['name'] === 'string' && typeof value['text'] === 'string'
}
