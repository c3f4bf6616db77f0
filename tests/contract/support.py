"""What the contract tests share: running the program, files that go away, and the one line that an error is."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("CROSSRANK_PROGRAM", str(ROOT / "build" / "release" / "crossrank"))
GOLDENS = ROOT / "tests" / "goldens" / "models"
ONE_LABEL = str(GOLDENS / "bert-512")
THREE_LABELS = str(GOLDENS / "modernbert-mean-labels3")
os.environ["HF_HUB_OFFLINE"] = "1"  # a misspelt folder may look like a Hub id: no test asks the Hub of the world
SCORING_VERBS = ("predict", "rank", "evaluate")
BUNDLED = str(ROOT / "models" / "crossrank-minilm-l6-v1")


class Contract(unittest.TestCase):
    """A test of the program, in an empty folder of its own."""

    model = ONE_LABEL  # tiny, so that a test is quick under sanitizers too

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crossrank-contract-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, name, contents):
        path = self.folder / name
        path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        return str(path)

    def command(self, verb, *arguments):
        model = [] if "-m" in arguments or "--model" in arguments else ["-m", self.model]
        # `auto` is another arithmetic on some machines; what is compared with the reference is fp32 on all.
        precision = [] if verb not in SCORING_VERBS or "--precision" in arguments else ["--precision", "fp32"]
        return [PROGRAM, verb, *model, *map(str, arguments), *precision]

    def run_program(self, verb, *arguments, stdin=b"", timeout=60):
        stdin = stdin.encode() if isinstance(stdin, str) else stdin
        return subprocess.run(self.command(verb, *arguments), input=stdin, capture_output=True, timeout=timeout, cwd=self.folder)

    def output(self, verb, *arguments, stdin=b""):
        """What a call that must succeed prints."""
        result = self.run_program(verb, *arguments, stdin=stdin)
        self.assertEqual(result.returncode, 0, result.stderr.decode(errors="replace"))
        return result.stdout.decode()

    def rows(self, verb, *arguments, stdin=b""):
        """The JSON Lines that a call prints."""
        return [json.loads(line) for line in self.output(verb, *arguments, stdin=stdin).splitlines()]

    def assert_error(self, status, fragment, verb, *arguments, stdin=b""):
        """The call fails with this status, prints nothing, and says in one line what is wrong."""
        result = self.run_program(verb, *arguments, stdin=stdin)
        message = result.stderr.decode(errors="replace")
        self.assertEqual(result.returncode, status, message)
        self.assertEqual(result.stdout, b"")
        self.assertEqual(message.count("\n"), 1, message)
        self.assertTrue(message.startswith("crossrank: "), message)
        self.assertIn(fragment, message)
