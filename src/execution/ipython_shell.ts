/**
 * A Python expression for IPython's `InteractiveShell`. It is looked up from a tuple, through
 * `sys.modules`, because the notebook may have given any name that could be used here another
 * meaning: `get_ipython`, `__import__`, even `__builtins__`.
 */
export const ipythonShell =
  "[t for t in ().__class__.__base__.__subclasses__() if t.__name__ == '_ModuleLock'][0]" +
  ".__init__.__globals__['sys'].modules['IPython.core.interactiveshell'].InteractiveShell.instance()"
