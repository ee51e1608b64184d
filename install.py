#!/usr/bin/env python3
"""Registers the Tracebook kernel with Jupyter, and fetches and builds what it needs for that.

    python3 install.py                 for this user (--user); or --sys-prefix, or --prefix DIR
    python3 install.py --lab           the same, then opens JupyterLab on notebooks/ (installed into .venv if there is none)
    python3 install.py --uninstall     takes the kernel away again (with the same --user, --sys-prefix or --prefix)

Needs nothing but Python's standard library. Whatever is there already is left as it is, so a second run is quick, needs no
network and changes nothing. What is missing is said before anything is changed.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
NAME = "tracebook"
DISPLAY_NAME = "TypeScript (Tracebook)"
LOGOS = ("logo-svg.svg", "logo-32x32.png", "logo-64x64.png")
TEST_REQUIREMENTS = ROOT / "test" / "requirements.txt"
BUNDLE = ROOT / "dist" / "kernel.js"
# What the bundle is built from: a change to one of these makes it stale.
SOURCES = ("kernel", "runtime", "renderers", "scripts/build.ts", "package-lock.json", "tsconfig.json")
NO_NETWORK = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT"
    r"|NewConnectionError|NameResolutionError|Temporary failure in name resolution|Network is unreachable|Connection refused"
)


class Missing(Exception):
    """Something that only the user can provide, in words for the user."""


def main() -> None:
    options, lab_arguments = parse_arguments()
    try:
        target = kernelspec_folder(options)
        if options.uninstall:
            uninstall(target)
            return
        node = find_node()
        lab = find_lab() if options.lab else None
        if options.lab and lab is None:
            check_venv_is_possible()
        fetch_packages()
        if options.prepare_tests:
            install_into_venv("the tests' Python packages", ["-r", str(TEST_REQUIREMENTS)], stamp=TEST_REQUIREMENTS.read_text())
        build()
        if options.lab and lab is None:
            lab = install_lab()
        register(target, node)
        if lab:
            open_lab(lab, lab_arguments)
    except Missing as missing:
        sys.exit(f"install.py: {missing}")
    except PermissionError as error:
        sys.exit(f"install.py: no permission to write {error.filename}; choose another place with --user or --prefix DIR")


def parse_arguments() -> "tuple[argparse.Namespace, list[str]]":
    parser = argparse.ArgumentParser(
        description="Registers the Tracebook kernel with Jupyter; fetches and builds what is missing.",
        epilog="Arguments which --lab does not know itself go to JupyterLab, for example --no-browser or --port=8899.",
        allow_abbrev=False,
    )
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--user", action="store_true", help="for this user, in Jupyter's data folder (default)")
    scope.add_argument("--sys-prefix", action="store_true", help="for the Python environment that runs this script")
    scope.add_argument("--prefix", metavar="DIR", type=Path, help="in DIR/share/jupyter/kernels")
    scope.add_argument("--prepare-tests", action="store_true", help="set up what `npm test` needs, all of it inside this folder")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--lab", action="store_true", help="open JupyterLab on notebooks/ afterwards")
    action.add_argument("--uninstall", action="store_true", help="take the kernel away")
    options, others = parser.parse_known_args()
    if others and not options.lab:
        parser.error(f"unknown argument: {' '.join(others)} (only --lab passes arguments on, to JupyterLab)")
    return options, others


# The kernelspec


def kernelspec_folder(options: argparse.Namespace) -> Path:
    """Where the kernelspec belongs; https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs"""
    if options.prepare_tests:
        data = VENV / "share" / "jupyter"
    elif options.sys_prefix:
        data = Path(sys.prefix) / "share" / "jupyter"
    elif options.prefix:
        data = options.prefix.expanduser().resolve() / "share" / "jupyter"
    else:
        data = user_data_folder()
    return data / "kernels" / NAME


def user_data_folder() -> Path:
    """Jupyter's data folder of this user, by the rules of jupyter_core.paths.jupyter_data_dir."""
    if os.environ.get("JUPYTER_DATA_DIR"):
        return Path(os.environ["JUPYTER_DATA_DIR"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Jupyter"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "jupyter"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "jupyter"


# Has glibc keep freed memory for the next tensor: pages fresh from the system cost more than adding up what is in them.
MEMORY_ENV = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "268435456"}


# The first keeps Node 20 from aborting when an interrupt cuts a cell off in the middle of an async callback. The second keeps threads that
# sweep garbage from the processors that compute: steps of training take two thirds of the time on two of them.
NODE_FLAGS = ["--no-force-async-hooks-checks", "--no-concurrent-sweeping"]


def register(target: Path, node: str) -> None:
    spec = {
        "argv": [node, *NODE_FLAGS, str(BUNDLE), "{connection_file}"],
        "display_name": DISPLAY_NAME,
        "language": "typescript",
        "interrupt_mode": "message",
        "env": MEMORY_ENV,
        # Front ends offer their debugger, and jupyter_client encryption (CurveZMQ), only where the kernelspec says so.
        "metadata": {"debugger": True, "supported_encryption": ["curve"]},
    }
    files = {name: (ROOT / "kernelspec" / name).read_bytes() for name in LOGOS}
    files["kernel.json"] = (json.dumps(spec, indent=2) + "\n").encode()
    changed = [name for name, content in files.items() if not has_content(target / name, content)]
    if changed:
        target.mkdir(parents=True, exist_ok=True)
    for name in changed:
        (target / name).write_bytes(files[name])
    say(f"{DISPLAY_NAME} is {'registered' if changed else 'already registered'} in {target}")


def has_content(file: Path, content: bytes) -> bool:
    return file.is_file() and file.read_bytes() == content


def uninstall(target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
        say(f"{DISPLAY_NAME} is removed from {target}")
    else:
        say(f"{DISPLAY_NAME} is not registered in {target}; nothing to remove")


# Node.js, the npm packages and the bundle


def find_node() -> str:
    """The real executable of the `node` on PATH (version managers put links there which go away), checked for its version."""
    wanted = json.loads((ROOT / "package.json").read_bytes())["engines"]["node"].lstrip(">=")
    need = f"Node.js {wanted} or newer is needed (https://nodejs.org)"
    node = shutil.which("node")
    if node is None:
        raise Missing(f"{need}, but there is no `node` on PATH")
    answer = subprocess.run(
        [node, "-p", "JSON.stringify([process.execPath, process.versions.node])"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )
    if answer.returncode != 0:
        raise Missing(f"{need}, but {node} does not run: {answer.stderr.strip()}")
    executable, version = json.loads(answer.stdout)
    if numbers(version) < numbers(wanted):
        raise Missing(f"{need}, but {executable} is version {version}")
    return executable


def numbers(version: str) -> "tuple[int, ...]":
    return tuple(int(part) for part in version.split("-")[0].split("."))


def fetch_packages() -> None:
    """Brings node_modules to what package-lock.json says. An installed npm package has no lock file: npm has seen to it."""
    lock = ROOT / "package-lock.json"
    if not lock.exists() or packages_are_current(lock):
        return
    # `npm ci` starts from nothing; `npm install` brings an older node_modules up to date much faster.
    command = "install" if (ROOT / "node_modules").exists() else "ci"
    # npm's own pauses between its tries add up to more than a minute when there is no network.
    patience = ["--fetch-retry-mintimeout=2000", "--fetch-retry-maxtimeout=5000"]
    run_npm(f"Fetching the npm packages (npm {command})", [command, "--include=dev", "--prefer-offline", *patience])


def packages_are_current(lock: Path) -> bool:
    """Whether each package of the lock file is there in its version; optional ones may be missing on this machine."""
    installed = ROOT / "node_modules" / ".package-lock.json"
    if not installed.exists():
        return False
    there = json.loads(installed.read_bytes())["packages"]
    return all(
        there.get(path, {}).get("version") == package.get("version")
        for path, package in json.loads(lock.read_bytes())["packages"].items()
        if path and not package.get("optional")
    )


def build() -> None:
    if not (ROOT / "package-lock.json").exists() or bundle_is_current():
        return
    try:
        run_npm("Building the kernel (npm run build)", ["run", "build"])
    except BaseException:
        if BUNDLE.exists():
            os.utime(BUNDLE, (0, 0))  # what a failed build leaves behind must not pass for a current bundle
        raise
    os.utime(BUNDLE)  # esbuild leaves a file alone whose content stays the same


def bundle_is_current() -> bool:
    if not BUNDLE.exists():
        return False
    built = BUNDLE.stat().st_mtime
    return all(file.stat().st_mtime <= built for source in SOURCES for file in files_below(ROOT / source))


def files_below(path: Path) -> "list[Path]":
    """The path and everything in it; folders count too, since a deleted file changes only its folder's time."""
    return [path, *path.rglob("*")] if path.exists() else []


def run_npm(what: str, arguments: "list[str]") -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("`npm` is needed to fetch the packages and to build the kernel, but it is not on PATH; it comes with Node.js")
    run(what, [npm, *arguments])


# Python packages and JupyterLab


def venv_program(name: str) -> Path:
    return VENV / ("Scripts" if sys.platform == "win32" else "bin") / (name + (".exe" if sys.platform == "win32" else ""))


def check_venv_is_possible() -> None:
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise Missing(
            "Python's venv and ensurepip are needed to install Python packages into .venv, but this Python has none "
            "(on Debian and Ubuntu: apt install python3-venv)"
        ) from None


def install_into_venv(what: str, requirements: "list[str]", stamp: str) -> None:
    """Installs into .venv, once: the stamp says for which requirements that was done. A .venv left half made is removed."""
    marker = VENV / "tracebook-requirements.txt"
    if has_content(marker, stamp.encode()):
        return
    existed = VENV.exists()
    check_venv_is_possible()
    try:
        if not venv_program("python").exists():
            run("Making .venv", [sys.executable, "-m", "venv", str(VENV)])
            # JupyterLab brings scripts for Node in .venv, which are not the ES modules our package.json would make them.
            (VENV / "package.json").write_text('{ "type": "commonjs" }\n')
        pip = [str(venv_program("python")), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "2"]
        run(f"Installing {what} into .venv", [*pip, *requirements])
    except BaseException:
        if not existed:
            shutil.rmtree(VENV, ignore_errors=True)
        raise
    marker.write_bytes(stamp.encode())


def find_lab() -> "list[str] | None":
    """The command that starts JupyterLab: in .venv, on PATH, or as a module of the Python that runs this."""
    candidates = [[str(venv_program("jupyter-lab"))], ["jupyter-lab"], [sys.executable, "-m", "jupyterlab"]]
    for command in candidates:
        program = shutil.which(command[0])
        # A launcher on PATH can belong to an environment that is gone, so only an answer counts.
        if program and subprocess.run([program, *command[1:], "--version"], stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
            return [program, *command[1:]]
    return None


def install_lab() -> "list[str]":
    install_into_venv("JupyterLab", ["jupyterlab"], stamp="jupyterlab")
    return [str(venv_program("jupyter-lab"))]


def open_lab(lab: "list[str]", arguments: "list[str]") -> None:
    notebooks = ROOT / "notebooks"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # JupyterLab refuses to start as root without this, and in containers root is often the only user.
        arguments = ["--allow-root", *arguments]
    command = [*lab, f"--ServerApp.root_dir={notebooks}", *arguments]
    say(f"Opening JupyterLab on {notebooks}")
    os.chdir(notebooks)
    if sys.platform == "win32":
        sys.exit(subprocess.run(command).returncode)
    os.execv(command[0], command)  # JupyterLab takes this process over, so Ctrl+C and signals reach it directly


# Running and telling


def run(what: str, command: "list[str]") -> None:
    """Runs a command quietly; its output is shown if it fails."""
    say(f"{what} …")
    start = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", errors="replace",
    )
    if done.returncode != 0:
        no_network = NO_NETWORK.search(done.stdout)
        if no_network:
            raise Missing(f"{what} needs the network, which does not answer ({no_network.group()})")
        last_lines = "\n".join(done.stdout.strip().splitlines()[-40:])
        raise Missing(f"{what} failed with exit code {done.returncode}. What it said:\n{last_lines}")
    say(f"{what}: done in {time.monotonic() - start:.1f} s")


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
