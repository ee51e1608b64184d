"""Runs a notebook with nbclient and prints its outputs as JSON: the cells come as a JSON list on stdin."""

import json
import sys

import nbformat
from nbclient import NotebookClient

cells = [nbformat.v4.new_code_cell(source) for source in json.load(sys.stdin)]
notebook = nbformat.v4.new_notebook(cells=cells)
NotebookClient(notebook, kernel_name="tracebook-test", timeout=60, allow_errors=True).execute()
print(json.dumps([cell.outputs for cell in notebook.cells]))
