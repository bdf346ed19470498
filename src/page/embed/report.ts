import { csvOf, cutSize, spanOf, withSpans } from '../../rendering/table.ts'

/*
 * The script of every page of a notebook: it prints, and gives images and tables as files. Figures of
 * plotly and Vega have such buttons of their own.
 */

/** Narrower images, in pixels, are no figures. */
const minFigure = 400
const maxScale = 1.5

/** After this time the browser has begun to read a file. */
const releaseMs = 10_000

document.querySelector('#print')?.addEventListener('click', () => print())

document.querySelectorAll<HTMLImageElement>('.outputs > img').forEach((image, index) => {
  const [, kind = 'png'] = /^data:image\/(\w+)/.exec(image.src) ?? []
  if (image.complete) widen(image)
  else image.addEventListener('load', () => widen(image))
  offer(image, `Download ${kind.toUpperCase()}`, () =>
    save(`figure-${index + 1}.${kind}`, image.src),
  )
})

document.querySelectorAll<HTMLTableElement>('.outputs > .html table').forEach((table, index) => {
  const isCut = cutSize(table.parentElement?.textContent ?? '') !== null
  offer(table, isCut ? 'Download the rows shown as CSV' : 'Download CSV', () => {
    const address = URL.createObjectURL(new Blob([csvText(table)], { type: 'text/csv' }))
    save(`table-${index + 1}.csv`, address)
    setTimeout(() => URL.revokeObjectURL(address), releaseMs)
  })
})

/** A figure is as wide as the page, unless it would be blurred; an icon is not. */
function widen(image: HTMLImageElement): void {
  const { naturalWidth } = image
  if (naturalWidth >= minFigure) image.style.width = `min(100%, ${naturalWidth * maxScale}px)`
}

function offer(target: Element, label: string, keep: () => void): void {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'keep'
  button.textContent = label
  button.addEventListener('click', keep)
  target.after(button)
}

function save(name: string, address: string): void {
  const link = document.createElement('a')
  link.download = name
  link.href = address
  link.click()
}

function csvText(table: HTMLTableElement): string {
  const rows = Array.from(table.rows, ({ cells }) =>
    Array.from(cells, (cell) => ({
      text: (cell.textContent ?? '').replaceAll(/\s+/g, ' ').trim(),
      columns: spanOf(cell.getAttribute('colspan')),
      rows: spanOf(cell.getAttribute('rowspan')),
    })),
  )
  return csvOf(withSpans(rows))
}
