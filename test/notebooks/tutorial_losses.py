"""
Runs the tutorial's PyTorch scripts and prints the losses of each step and what they print as JSON:
`OMP_NUM_THREADS=1 python tutorial_losses.py > fixtures/tutorial-losses.json`.
"""
import contextlib
import io
import json
import runpy
from pathlib import Path

runs = {}
for script in sorted((Path(__file__).parent / "../../docs/tutorial").glob("*.py")):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        losses = runpy.run_path(str(script))["losses"]
    runs[script.name] = {"printed": printed.getvalue(), "losses": losses}
print(json.dumps(runs))
