/**
 * Python that prints where the kernel's parent, the Jupyter Server, was told to cull idle kernels:
 * on its command line, else in a file of its configuration, in the order in which they count. It
 * reads that one setting and nothing else; `null` when the parent is no Jupyter.
 */
export const cullingCode = `
def nbtrigger_look():
    import glob, json, os, re, sys

    def text_of(path):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    words = text_of(f"/proc/{os.getppid()}/cmdline").split("\\0")
    if not any("jupyter" in word for word in words):
        return None
    home = os.environ.get("JUPYTER_CONFIG_DIR") or os.path.expanduser("~/.jupyter")
    more = os.environ.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep)
    prefixes = [os.path.dirname(os.path.dirname(words[0])), sys.prefix]
    own = [os.path.join(prefix, "etc/jupyter") for prefix in prefixes]
    folders = [home, *filter(None, more), *own, "/usr/local/etc/jupyter", "/etc/jupyter"]
    files = [word.split("=", 1)[1] for word in words if word.startswith("--config=")]
    for folder in folders:
        for name in ("jupyter_server_config", "jupyter_notebook_config", "jupyter_config"):
            files += [os.path.join(folder, name + ending) for ending in (".json", ".py")]
            files += sorted(glob.glob(os.path.join(glob.escape(folder), name + ".d", "*.json")))
    places = [("the command line", "\\n".join(words)), *((file, text_of(file)) for file in files)]
    for place, text in places:
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        found = re.search(r"""cull_idle_timeout["']?\\s*[=:]\\s*([^\\s,}]+)""", "\\n".join(lines))
        if found:
            return {"value": found[1], "place": place}
    return {"value": None, "place": ""}

import json
print()
print(json.dumps(nbtrigger_look()))
`
