"""One cache and one Hub, used by crossrank and by PyPI's huggingface_hub in turn: what one wrote, the other uses."""
import json
import pathlib
import subprocess
import sys
import unittest

from support import MODEL_FILES, ROOT, TOKEN, WEIGHTS, HubTest

PACKAGES = ROOT / "build" / "python"


class Interoperability(HubTest):
    @classmethod
    def setUpClass(cls):
        if not (PACKAGES / "stamp").exists():
            raise AssertionError(f"{PACKAGES} is not there; run tools/install_python_packages")

    def python(self, code, **variables):
        """What `code` prints, run with huggingface_hub as `hub`."""
        environment = self.environment(PYTHONPATH=str(PACKAGES), HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_TELEMETRY="1",
                                       HF_HUB_DISABLE_PROGRESS_BARS="1", **variables)
        result = subprocess.run([sys.executable, "-c", "import huggingface_hub as hub\n" + code], env=environment, cwd=self.folder, text=True,
                                capture_output=True, timeout=100)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.strip()

    def everything(self):
        """Every path of the cache that is not about locks, with what it holds or leads to."""
        found = {}
        for path in sorted(self.cache.rglob("*")):
            name = path.relative_to(self.cache).as_posix()
            if not name.startswith(".locks") and not path.is_dir():
                found[name] = str(path.readlink()) if path.is_symlink() else path.read_bytes()
        return found

    def test_what_python_downloaded_is_used_offline(self):
        patterns = list(MODEL_FILES)
        snapshot = self.python(f"print(hub.snapshot_download('org/tiny', allow_patterns={patterns}))")
        self.hub.forget()
        self.assertEqual(str(self.pull(HF_HUB_OFFLINE="1")), snapshot)
        ranked = [self.output("rank", "-q", "a", "-m", model, __file__, HF_HUB_OFFLINE="1") for model in ("org/tiny", snapshot)]
        self.assertEqual(ranked[0], ranked[1])
        self.assertEqual(self.hub.requests, [])
        self.assertEqual(str(self.pull()), snapshot)
        self.assertEqual(self.hub.asked("/resolve/") + self.hub.asked(WEIGHTS, "cdn"), [])

    def test_files_that_python_downloaded_one_by_one_are_used(self):
        for name in MODEL_FILES:
            self.python(f"hub.hf_hub_download('org/tiny', {name!r})")
        self.hub.forget()
        self.assert_whole(self.pull())
        self.assertEqual(self.hub.asked("/resolve/") + self.hub.asked(WEIGHTS, "cdn"), [])

    def test_what_crossrank_downloaded_is_used_offline_by_python(self):
        snapshot = self.pull()
        self.hub.forget()
        wanted = f"allow_patterns={list(MODEL_FILES)}"
        self.assertEqual(self.python(f"print(hub.snapshot_download('org/tiny', local_files_only=True, {wanted}))"), str(snapshot))
        for name in MODEL_FILES:
            self.assertEqual(self.python(f"print(hub.hf_hub_download('org/tiny', {name!r}, local_files_only=True))"), str(snapshot / name))
            self.assertEqual(self.python(f"print(hub.try_to_load_from_cache('org/tiny', {name!r}))"), str(snapshot / name))
        self.assertEqual(self.hub.requests, [])

    def test_a_repository_that_crossrank_downloaded_with_all_its_files_is_complete_to_python(self):
        snapshot = self.pull("org/tiny", "--include", "*")
        self.assertEqual(self.python("print(hub.snapshot_download('org/tiny', local_files_only=True))"), str(snapshot))

    def test_what_crossrank_downloaded_python_does_not_fetch_again(self):
        snapshot = self.pull()
        self.hub.forget()
        self.assertEqual(self.python(f"print(hub.snapshot_download('org/tiny', allow_patterns={list(MODEL_FILES)}))"), str(snapshot))
        self.assertEqual([r for r in self.hub.asked("/resolve/") if r.method == "GET"] + self.hub.asked(WEIGHTS, "cdn"), [])

    def test_both_leave_the_same_cache(self):
        self.pull()
        ours = self.everything()
        self.home.rename(self.folder / "ours")
        self.python(f"hub.snapshot_download('org/tiny', allow_patterns={list(MODEL_FILES)})")
        self.assertEqual(ours, self.everything())

    def test_python_sees_a_whole_cache(self):
        self.pull()
        self.add_file("data.jsonl", b"{}\n", "datasets", "org/pairs")
        self.pull("--dataset", "org/pairs")
        code = """info = hub.scan_cache_dir()
print([str(w) for w in info.warnings], sorted((r.repo_type, r.repo_id, r.nb_files, sorted(r.refs)) for r in info.repos))"""
        self.assertEqual(self.python(code), "[] [('dataset', 'org/pairs', 1, ['main']), ('model', 'org/tiny', 4, ['main'])]")

    def test_a_download_that_crossrank_left_does_not_trouble_python(self):
        self.hub.fault(match=WEIGHTS, where="cdn", cut_after=20_000, times=1)
        self.hub.fault(match=WEIGHTS, where="cdn", status=403)
        self.assert_error("403", "pull", "org/tiny")
        self.hub.forget()
        snapshot = pathlib.Path(self.python(f"print(hub.snapshot_download('org/tiny', allow_patterns={list(MODEL_FILES)}))"))
        for name in MODEL_FILES:
            self.assertEqual((snapshot / name).read_bytes(), (self.root / "models/org/tiny" / name).read_bytes())

    def test_crossrank_waits_for_a_lock_that_python_holds(self):
        etag = self.hub.repos.commit("models", "org/tiny", "main").files["config.json"].etag
        lock = self.cache / ".locks" / "models--org--tiny" / f"{etag}.lock"
        code = f"""import sys, time, pathlib
from huggingface_hub.utils import WeakFileLock
pathlib.Path({str(lock)!r}).parent.mkdir(parents=True)
with WeakFileLock({str(lock)!r}):
    print("held", flush=True)
    sys.stdin.readline()"""
        holder = subprocess.Popen([sys.executable, "-c", code], env=self.environment(PYTHONPATH=str(PACKAGES)), text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(holder.communicate)
        self.assertEqual(holder.stdout.readline(), "held\n")
        waiting = self.start("pull", "org/tiny")
        self.assertIn("waiting for another program that downloads config.json", waiting.stderr.readline())
        self.assertIsNone(waiting.poll())
        holder.stdin.write("\n")
        holder.stdin.flush()
        self.assert_whole(pathlib.Path(waiting.communicate(timeout=60)[0].strip()))

    def test_the_token_of_pythons_login_is_found(self):
        self.hub.token = TOKEN
        self.hub.private.add("org/tiny")
        self.python(f"hub.login({TOKEN!r}, add_to_git_credential=False)")
        self.assert_whole(self.pull())

    def test_what_crossrank_pushed_python_reads(self):
        source = self.root / "models" / "org" / "tiny"
        self.hub.multipart_bytes = 100_000
        self.output("push", source, "me/pushed", HF_TOKEN=TOKEN)
        code = """snapshot = hub.snapshot_download('me/pushed')
import json, pathlib
print(json.dumps(sorted(p.relative_to(snapshot).as_posix() for p in pathlib.Path(snapshot).rglob('*') if p.is_file())), snapshot, sep='\\n')"""
        names, snapshot = self.python(code).splitlines()
        self.assertEqual(json.loads(names), sorted(p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file()))
        for name in json.loads(names):
            self.assertEqual(pathlib.Path(snapshot, name).read_bytes(), (source / name).read_bytes())

    def test_what_python_pushed_crossrank_pulls_and_neither_pushes_it_again(self):
        source = self.root / "models" / "org" / "tiny"
        upload = f"""hub.create_repo('me/pushed', exist_ok=True)
print(hub.upload_folder(repo_id='me/pushed', folder_path={str(source)!r}).commit_url)"""
        url = self.python(upload, HF_TOKEN=TOKEN)
        self.assert_whole(self.pull("me/pushed"), "me/pushed")
        result = self.run_program("push", source, "me/pushed", HF_TOKEN=TOKEN)
        self.assertEqual((result.returncode, result.stdout.strip()), (0, url))
        self.assertIn("nothing has changed", result.stderr)

    def test_what_crossrank_pushed_python_does_not_push_again(self):
        source = self.root / "models" / "org" / "tiny"
        url = self.output("push", source, "me/pushed", HF_TOKEN=TOKEN).strip()
        self.hub.forget()
        code = f"print(hub.upload_folder(repo_id='me/pushed', folder_path={str(source)!r}).commit_url)"
        self.assertEqual(self.python(code, HF_TOKEN=TOKEN), url)
        self.assertEqual(self.hub.asked("/commit/"), [])


if __name__ == "__main__":
    unittest.main()
