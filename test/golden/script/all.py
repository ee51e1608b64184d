"""Records every scripted archive of the tests: run it with a Python that has PyTorch 2.13, and pack what it wrote.

python test/golden/script/all.py FOLDER
npm run golden -- pack script FOLDER
"""

import archives
import control_flow
import layers
import modules
import tensors
import values
import transformers
