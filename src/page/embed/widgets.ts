// Not the whole package: the rest compiles schemas to code, which the page's policy forbids.
import { HTMLManager } from '@jupyter-widgets/html-manager/lib/htmlmanager.js'
import { drawAll } from './drawn.ts'
import { withoutScriptsInMarkup } from './safe_markup.ts'

withoutScriptsInMarkup()

const manager = new HTMLManager()
const state = document.querySelector('#widget-state script')?.textContent ?? '{"state":{}}'
const restored = manager.set_state(JSON.parse(state))

void drawAll('widgets', async ({ target, value }) => {
  await restored
  const { model_id: id }: Readonly<Record<string, unknown>> = Object(value)
  const model = await manager.get_model(String(id))
  await manager.display_view(await manager.create_view(model), target)
})
