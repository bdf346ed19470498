import { lines, type FidelityNotebook } from '../notebook.ts'

const kernel = 'python3'

/** Sends what IPython itself does not send, or not in this way. */
const send = lines(
  'kernel = get_ipython().kernel',
  'def send(type, **content):',
  '    kernel.session.send(kernel.iopub_socket, type, content,',
  '        parent=kernel.get_parent(), ident=type.encode())',
)

export const messages: readonly FidelityNotebook[] = [
  {
    name: 'a message of an unknown type',
    kernel,
    cells: [
      lines(send, 'send("stranger", data={"text/plain": "x"}, text="x", name="stdout")'),
      'print("kept"); send("stranger")',
    ],
  },
  {
    name: 'results with a display id, which update what is shown',
    kernel,
    cells: [
      lines(
        send,
        'def result(text, **transient):',
        '    data = {"text/plain": text}',
        '    send("execute_result", data=data, metadata={}, execution_count=1, transient=transient)',
        'result("old", display_id="x")',
      ),
      'result("new", display_id="x"); result("other")',
      'from IPython.display import update_display; update_display("newest", display_id="x")',
    ],
  },
  {
    name: 'results whose count is not that of their cell',
    kernel,
    cells: [
      '1',
      lines(
        send,
        'result = {"data": {"text/plain": "x"}, "metadata": {}}',
        'send("execute_result", **result, execution_count=7)',
      ),
      'send("execute_result", **result, execution_count=None)',
    ],
  },
  {
    name: 'the state of a widget whose opening nobody saw',
    kernel,
    cells: [
      lines(
        send,
        'def update(**state):',
        '    send("comm_msg", comm_id="unknown", data={"method": "update", "state": state})',
        'update(_model_name="M", _model_module="mine", x=1); update(x=2, y=[3])',
        'send("comm_close", comm_id="never there", data={})',
      ),
    ],
  },
]
