// Run pytest in CPython for WebAssembly: node wasm.mjs PYODIDE SITE ROOT [ARGUMENT ...]
// Nothing is fetched: Pyodide stands in the folder PYODIDE, packages in SITE, the checkout in ROOT.
import { existsSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [pyodide, site, root, ...args] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(resolve(pyodide, "pyodide.mjs")));
const python = await loadPyodide({ env: { HOME: "/tmp", PYTHONHASHSEED: "0", PYTHONDONTWRITEBYTECODE: "1" } });
python.setStdout({ write: (bytes) => writeSync(1, bytes) });
python.setStderr({ write: (bytes) => writeSync(2, bytes) });

// The data that nobody here wrote stands beside the checkout, there as here.
const mounts = { "/project/checkout": resolve(root), "/site": resolve(site) };
const shared = process.env.SCOPEGUARD_CONFORMANCE ?? join(resolve(root), "..", "shared", "conformance");
if (existsSync(shared)) mounts["/project/shared/conformance"] = shared;
for (const [place, folder] of Object.entries(mounts)) {
  python.FS.mkdirTree(place);
  python.mountNodeFS(place, folder);
}

python.globals.set("arguments", python.toPy(args));
const status = await python.runPythonAsync(`
import os, sys
sys.path[:0] = ["/project/checkout/src", "/site"]
os.chdir("/project/checkout")
print(f"Python {sys.version.split()[0]} on {sys.platform}")
import pytest
int(pytest.main(["-p", "scopeguard_pytest", "-p", "no:cacheprovider", *arguments]))
`);
process.exit(status);
