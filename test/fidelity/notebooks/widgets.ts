import { lines, type FidelityNotebook } from '../notebook.ts'

const kernel = 'python3'
const imports = 'import ipywidgets as widgets\nfrom IPython.display import display, clear_output'

export const widgets: readonly FidelityNotebook[] = [
  {
    name: 'the state of widgets, in place of that of an earlier run',
    kernel,
    cells: [
      lines(imports, 'slider = widgets.IntSlider(value=3, description="é")', 'slider'),
      'slider.value = 8',
      'box = widgets.HBox([slider, widgets.Label("x")]); display(box)',
      'text = widgets.Text("a"); display(text)',
      'text.close()',
    ],
    metadata: { widgets: { 'application/vnd.jupyter.widget-state+json': { state: {} } } },
  },
  {
    name: 'bytes in the state of widgets',
    kernel,
    cells: [
      lines(imports, String.raw`image = widgets.Image(value=b"\x89PNG\x00\xff", format="png")`),
      String.raw`image.value = b"\x00\x01"`,
      'image',
    ],
  },
  {
    name: 'an Output widget',
    kernel,
    cells: [
      lines(imports, 'out = widgets.Output()', 'out'),
      lines('with out:', '    print("inside"); print("again")', '    display("shown")'),
      'print("outside"); out.append_stdout("one "); out.append_stderr("two")',
    ],
  },
  {
    name: 'nested Output widgets',
    kernel,
    cells: [
      lines(imports, 'outer, inner = widgets.Output(), widgets.Output()', 'display(outer)'),
      lines(
        'with outer:',
        '    print("outer before")',
        '    with inner:',
        '        print("inner")',
        '    print("outer after")',
      ),
    ],
  },
  {
    name: 'an Output widget that is cleared',
    kernel,
    cells: [
      lines(imports, 'out = widgets.Output()'),
      lines('with out:', '    print("gone"); clear_output(); print("kept")'),
      lines('with out:', '    clear_output(wait=True); print("last")'),
      'print("kept in the cell"); out',
    ],
  },
  {
    name: 'an error in an Output widget',
    kernel,
    cells: [lines(imports, 'out = widgets.Output()'), lines('with out:', '    1 / 0'), '2'],
  },
  {
    name: 'comms that are no widgets',
    kernel,
    cells: [
      lines(
        'from comm import create_comm',
        'comm = create_comm(target_name="mine", data={"state": {"x": 1}})',
        'comm.send({"state": {"y": [2]}}); comm.send({"other": 3}); comm.close()',
      ),
      lines(
        'model = {"_model_name": "M", "_model_module": "mine", "deep": {"z": 1}}',
        'create_comm(target_name="jupyter.widget", data={"state": model});',
      ),
    ],
  },
]
