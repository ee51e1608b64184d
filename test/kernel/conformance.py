"""Runs jupyter_kernel_test's suite against the kernelspec "tracebook-test" with everything claimed that the suite knows."""

import unittest

from jupyter_kernel_test import IopubWelcomeTests, KernelTests


class TracebookTests(KernelTests):
    kernel_name = "tracebook-test"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [{"text": "process.platfor", "matches": {"platform"}}]
    complete_code_samples = ["1 + 1", "let x: number = 5", "function f() {\n  return 1\n}"]
    incomplete_code_samples = ["function f() {", "const a = [1,", "`text"]
    invalid_code_samples = ["let x = ;", "}", "foo bar"]
    code_page_something = "%trace?"
    code_generate_error = "throw new Error('boom')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "'a' + 'b'", "result": "'ab'"},
        {"code": "torch.scalar(2, 'float')", "mime": "text/plain"},
    ]
    code_display_data = [{"code": "display({ 'text/html': '<b>x</b>' })", "mime": "text/html"}]
    code_history_pattern = "6*7*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "process"
    code_clear_output = "clearOutput()"


class TracebookWelcomeTests(IopubWelcomeTests):
    kernel_name = "tracebook-test"
    support_iopub_welcome = True


# What is imported for subclassing is not to be run itself.
del KernelTests, IopubWelcomeTests

if __name__ == "__main__":
    unittest.main(verbosity=2)
