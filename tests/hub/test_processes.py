"""Several programs on one cache, programs that die, and what they leave behind."""
import contextlib
import os
import pathlib
import shutil
import signal
import time
import unittest

from support import MODEL_FILES, TINY_MODEL, WEIGHTS, HubTest

ONE_PART = {"CROSSRANK_HUB_PART_BYTES": str(1 << 30)}


class Processes(HubTest):
    def wait_for(self, condition):
        until = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)

    def sizes_of_unfinished_files(self):
        sizes = []
        for path in self.cache.rglob("*.incomplete"):
            with contextlib.suppress(FileNotFoundError):  # a small one may be done by now
                sizes.append(path.stat().st_size)
        return sizes

    def pull_that_hangs(self):
        """A pull whose weights have come by half and then stall."""
        self.hub.fault(match=WEIGHTS, where="cdn", stall_after=100_000, times=1)
        process = self.start("pull", "org/tiny", HF_HUB_DOWNLOAD_TIMEOUT="60", **ONE_PART)
        self.wait_for(lambda: self.sizes_of_unfinished_files() == [100_000])
        time.sleep(0.3)  # small files that had not begun are done by then, so that the weights alone are waited for
        return process

    def test_two_that_pull_the_same_at_once_fetch_it_once(self):
        self.hub.fault(match="", where="cdn", pause=0.5)
        both = [self.start("pull", "org/tiny", **ONE_PART) for _ in range(2)]
        results = [process.communicate(timeout=60) for process in both]
        self.assertEqual([process.returncode for process in both], [0, 0], results)
        self.assertEqual(results[0][0], results[1][0])
        self.assert_whole(pathlib.Path(results[0][0].strip()))
        self.assertEqual(len(self.hub.asked(WEIGHTS, "cdn")), 1)

    def test_who_waits_for_another_program_says_so(self):
        first = self.pull_that_hangs()
        second = self.start("pull", "org/tiny", **ONE_PART)
        self.assertIn("waiting for another program that downloads model.safetensors", second.stderr.readline())
        first.kill()
        first.communicate()
        self.assert_whole(pathlib.Path(second.communicate(timeout=60)[0].strip()))
        self.assertEqual(self.hub.asked(WEIGHTS, "cdn")[1].headers["range"].split("-")[0], "bytes=100000")

    def test_a_program_that_is_killed_leaves_what_came_and_no_lock(self):
        for sent in (signal.SIGKILL, signal.SIGINT):
            with self.subTest(sent):
                process = self.pull_that_hangs()
                before = time.monotonic()
                process.send_signal(sent)
                process.communicate(timeout=10)
                self.assertEqual(process.returncode, -sent)
                self.assertLess(time.monotonic() - before, 5)
                self.assert_nothing_half_written()
                self.hub.forget()
                self.assert_whole(self.pull(**ONE_PART))
                self.assertEqual(self.hub.asked(WEIGHTS, "cdn")[0].headers["range"].split("-")[0], "bytes=100000")
                shutil.rmtree(self.home)

    def test_a_cache_that_is_damaged_in_any_place_is_mended(self):
        snapshot = self.pull()
        repo = snapshot.parents[1]
        commit, blobs = snapshot.name, {name: (snapshot / name).resolve() for name in MODEL_FILES}

        def replace(path, content):
            path.unlink()
            path.write_bytes(content)

        damages = {
            "a link is missing": lambda: (snapshot / "config.json").unlink(),
            "a blob is missing": lambda: blobs["config.json"].unlink(),
            "a blob is too short": lambda: replace(blobs["model.safetensors"], b"half"),
            "a blob is empty": lambda: replace(blobs["tokenizer.json"], b""),
            "a link leads nowhere": lambda: [(snapshot / "config.json").unlink(), (snapshot / "config.json").symlink_to("../../blobs/none")],
            "the listing is damaged": lambda: replace(repo / "trees" / f"{commit}.json", b'{"format_'),
            "the listing is of another format": lambda: replace(repo / "trees" / f"{commit}.json", b'{"format_version": 9, "files": []}'),
            "the branch is damaged": lambda: replace(repo / "refs" / "main", b"../../x"),
            "the snapshot is gone": lambda: shutil.rmtree(snapshot),
            "all but a lock is gone": lambda: shutil.rmtree(repo),
            "a part is left that does not fit": lambda: [blobs["config.json"].unlink(),
                                                         (repo / "blobs" / (blobs["config.json"].name + ".incomplete")).write_bytes(b"x" * 9999)],
        }
        for name, damage in damages.items():
            with self.subTest(name):
                damage()
                self.assert_whole(self.pull())
                self.assertEqual((repo / "refs" / "main").read_text(), commit)

    def test_a_cache_that_is_moved_still_works(self):
        self.pull()
        elsewhere = self.folder / "elsewhere"
        self.cache.rename(elsewhere)
        snapshot = pathlib.Path(self.output("pull", "org/tiny", HF_HUB_OFFLINE="1", HF_HUB_CACHE=str(elsewhere)).strip())
        self.assertEqual((snapshot / "config.json").read_bytes(), (TINY_MODEL / "config.json").read_bytes())

    def test_many_on_one_cache_of_many_models(self):
        names = [f"org/model-{i}" for i in range(4)]
        for name in names:
            self.add_model(name)
        processes = [self.start("pull", name) for name in names * 2]
        results = [process.communicate(timeout=60) for process in processes]
        self.assertEqual([process.returncode for process in processes], [0] * 8, results)
        for name, (out, _) in zip(names * 2, results):
            self.assert_whole(pathlib.Path(out.strip()), name)
        self.assertTrue(os.path.exists(self.cache / "CACHEDIR.TAG"))


if __name__ == "__main__":
    unittest.main()
