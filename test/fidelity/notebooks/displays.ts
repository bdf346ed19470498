import { lines, type FidelityNotebook } from '../notebook.ts'

const kernel = 'python3'
const imports = 'from IPython.display import *\nfrom IPython import get_ipython'
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

export const displays: readonly FidelityNotebook[] = [
  {
    name: 'results, and several of one cell',
    kernel,
    cells: [
      '5 + 10',
      'None',
      '"text"',
      '6 * 7;',
      '[1, {"a": 2}]',
      '_ + [3]',
      'get_ipython().ast_node_interactivity = "all"',
      '1\nprint("between")\n2\n3',
    ],
  },
  {
    name: 'displays and a result of one cell, in their order',
    kernel,
    cells: [lines(imports, 'display("first"); print("between"); display(2, 3)', '"result"')],
  },
  {
    name: 'HTML, Markdown, LaTeX, SVG, JSON, JavaScript',
    kernel,
    cells: [
      lines(imports, 'display(HTML("<b>bold</b>"), Markdown("*m*"), Latex("$x^2$"), Math("y"))'),
      "SVG(data=\"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>\")",
      'JSON({"a": [1, 2.5, None, {"b": "é"}]}, expanded=True)',
      'Javascript("1 + 1")',
    ],
  },
  {
    name: 'images as bytes',
    kernel,
    cells: [
      lines(imports, 'import base64', `png = base64.b64decode("${pixel}")`, 'Image(data=png)'),
      'display(Image(data=png, format="png", width=10, height=20, metadata={"note": "x"}))',
      'Image(data=b"GIF89a", format="gif")',
    ],
  },
  {
    name: 'several types of one object, and its own methods',
    kernel,
    cells: [
      lines(
        'class Shown:',
        '    def __repr__(self): return "plain"',
        '    def _repr_html_(self): return "<i>html</i>"',
        '    def _repr_latex_(self): return "$l$", {"size": 3}',
        '    def _repr_json_(self): return {"k": [1]}, {"deep": {"er": True}}',
        'Shown()',
      ),
      lines(
        'class Bundle:',
        '    def _repr_mimebundle_(self, **kwargs):',
        '        return {"text/plain": "b", "application/vnd.me+json": {"x": [None]}}, {"m": 1}',
        'Bundle()',
      ),
    ],
  },
  {
    name: 'metadata of displays',
    kernel,
    cells: [
      lines(imports, 'display({"text/plain": "x"}, raw=True, metadata={"a": {"b": [1]}})'),
      'display(HTML("<p>"), metadata={"text/html": {"isolated": True}})',
    ],
  },
  {
    name: 'a display updated in its own cell',
    kernel,
    cells: [
      lines(
        imports,
        'handle = display("old", display_id=True)',
        'display("other"); handle.update("new")',
      ),
      lines('named = display("1", display_id="id")', 'update_display("2", display_id="id")'),
    ],
  },
  {
    name: 'a display updated from a later cell',
    kernel,
    cells: [
      lines(imports, 'print("before"); handle = display("old", display_id="id"); print("after")'),
      'handle.update(HTML("<b>new</b>"), metadata={"x": 1}); print("updated")',
      'update_display("newest", display_id="id")',
    ],
  },
  {
    name: 'a display id that is shown many times',
    kernel,
    cells: [
      lines(
        imports,
        'first = display("a", display_id="id"); again = display("b", display_id="id")',
      ),
      'display("c", display_id="id"); display("other", display_id="other id")',
      'update_display("d", display_id="id")',
    ],
  },
  {
    name: 'display ids that are numbers or falsy',
    kernel,
    cells: [
      lines(
        imports,
        'from IPython import get_ipython',
        'def show(text, id, update=False):',
        '    transient = {"display_id": id}',
        '    publish = get_ipython().display_pub.publish',
        '    publish({"text/plain": text}, transient=transient, update=update)',
        'ids = [1, 2.5, -3, 2**70, "1", "", 0, False]',
        'for id in ids: show(f"old {id!r}", id)',
      ),
      'for id in ids: show(f"new {id!r}", id, update=True)',
      'handle = display("old", display_id=1); update_display("newest", display_id=1.0)',
    ],
  },
  {
    name: 'a result with a display id',
    kernel,
    cells: [
      lines(
        imports,
        'publish = get_ipython().display_pub.publish',
        'publish({"text/plain": "1"}, transient={"display_id": "x"})',
      ),
      'publish({"text/plain": "2"}, {"m": 2}, transient={"display_id": "x"}, update=True)',
    ],
  },
  {
    name: 'displays of nothing, and an update of an id that nobody shows',
    kernel,
    cells: [
      lines(imports, 'update_display("lost", display_id="unknown"); print("on")'),
      'display({}, raw=True)',
      'display()',
    ],
  },
  {
    name: 'transient data that is empty',
    kernel,
    cells: [
      lines(
        'kernel = get_ipython().kernel',
        'def send(**content):',
        '    everything = {"data": {"text/plain": "x"}, "metadata": {}, **content}',
        '    kernel.session.send(kernel.iopub_socket, "display_data", everything,',
        '        parent=kernel.get_parent(), ident=b"display_data")',
        'send(transient=None)',
        'send(transient={"display_id": None})',
        'send(transient={})',
        'send()',
      ),
    ],
  },
]
