"""What the tests of the Hub share: a Hub on loopback with a small model and a data set, and the program with no other way out."""
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest

from loopback_hub import LoopbackHub

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("CROSSRANK_PROGRAM", str(ROOT / "build" / "release" / "crossrank"))
TINY_MODEL = ROOT / "tests" / "goldens" / "models" / "bert-512"
MODEL_FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
TOKEN = "hf_thisIsTheTokenOfTheTests"
PART_BYTES = 65536
WEIGHTS = "GET /[0-9a-f]{64}"  # where the CDN has LFS files


def clean_environment(**more):
    """The environment without what a user's own Hub and proxies have put into it."""
    unwanted = ("HF_", "HUGGING", "CROSSRANK_HUB", "TRANSFORMERS_OFFLINE", "XDG_CACHE_HOME", "SSL_CERT", "REQUESTS_CA", "CURL_CA")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(unwanted) and not k.lower().endswith("_proxy")}
    return {**kept, **more}


class HubTest(unittest.TestCase):
    """A test with a Hub of its own, a cache of its own, and no waits between attempts."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crossrank-hub-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.home = self.folder / "home"
        self.cache = self.home / "hub"
        self.root = self.folder / "served"
        self.hub = self.start_hub()
        self.add_model("org/tiny")

    def start_hub(self, **options):
        hub = LoopbackHub(self.root, **options)
        self.addCleanup(hub.close)
        return hub

    def add_model(self, repo_id):
        folder = self.root / "models" / repo_id
        folder.mkdir(parents=True)
        for name in MODEL_FILES:
            shutil.copyfile(TINY_MODEL / name, folder / name)
        (folder / "README.md").write_text("# A model\n")
        (folder / "onnx").mkdir()
        (folder / "onnx" / "model.onnx").write_bytes(b"another runtime's")
        return folder

    def add_file(self, name, content, kind="models", repo_id="org/tiny"):
        path = self.root / kind / repo_id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def environment(self, **more):
        settings = {"HF_ENDPOINT": self.hub.url, "HF_HOME": str(self.home), "HF_HUB_DOWNLOAD_TIMEOUT": "30", "HF_HUB_ETAG_TIMEOUT": "30",
                    "CROSSRANK_HUB_RETRY_WAIT_MS": "1", "CROSSRANK_HUB_PART_BYTES": str(PART_BYTES), **more}
        return clean_environment(**{name: value for name, value in settings.items() if value is not None})

    def start(self, *arguments, **variables):
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], env=self.environment(**variables), cwd=self.folder, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()

    def run_program(self, *arguments, timeout=60, **variables):
        return subprocess.run([PROGRAM, *map(str, arguments)], env=self.environment(**variables), cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)

    def output(self, *arguments, **variables):
        """What a call that must succeed, without a word on standard error, prints."""
        result = self.run_program(*arguments, **variables)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def pull(self, *arguments, **variables):
        """The folder of the snapshot that `crossrank pull` prints."""
        return pathlib.Path(self.output("pull", *(arguments or ("org/tiny",)), **variables).removesuffix("\n"))

    def assert_error(self, fragments, *arguments, status=1, **variables):
        """The call fails with this status, prints nothing, and says in one line what is wrong."""
        result = self.run_program(*arguments, **variables)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertTrue(result.stderr.startswith("crossrank: "), result.stderr)
        for fragment in [fragments] if isinstance(fragments, str) else fragments:
            self.assertIn(fragment, result.stderr)
        self.assertNotIn(TOKEN, result.stderr)
        return result.stderr

    def assert_whole(self, snapshot, repo_id="org/tiny", files=MODEL_FILES):
        """The snapshot holds exactly these files, each as it is served, and the cache nothing half-written."""
        found = sorted(p.relative_to(snapshot).as_posix() for p in snapshot.rglob("*") if p.is_file())
        self.assertEqual(found, sorted(files))
        for name in files:
            self.assertEqual((snapshot / name).read_bytes(), (self.root / "models" / repo_id / name).read_bytes(), name)
        self.assertEqual(self.unfinished(), [])

    def assert_nothing_half_written(self):
        """Whatever went wrong, what is in a snapshot or among the blobs under its own name has that hash."""
        for path in [p for p in self.cache.rglob("*") if p.is_file() and {"snapshots", "blobs"} & set(p.parts) and "." not in p.resolve().name]:
            name, content = path.resolve().name, path.read_bytes()
            head = f"blob {len(content)}\0".encode() if len(name) == 40 else b""
            self.assertEqual(hashlib.new("sha1" if head else "sha256", head + content).hexdigest(), name, path)

    def unfinished(self):
        return sorted(p.name for p in self.cache.rglob("*") if p.name.endswith((".incomplete", ".parts", ".tmp")))

    def sent_tokens(self, where):
        return {r.headers.get("authorization") for r in self.hub.requests if r.where == where}

    def random_bytes(self, size, seed=1):
        return random.Random(seed).randbytes(size)
