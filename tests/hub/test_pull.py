"""Pulling from a Hub that behaves: what is fetched, where it lies, what is asked for again."""
import json
import os
import pathlib
import unittest

from support import MODEL_FILES, PART_BYTES, TINY_MODEL, TOKEN, WEIGHTS, HubTest


class Pull(HubTest):
    def rank(self, *arguments, **variables):
        passages = self.folder / "passages.txt"
        passages.write_text("one\ntwo\n")
        return self.output("rank", "-q", "which?", *arguments, passages, **variables)

    def test_a_model_is_fetched_into_the_layout_that_python_shares(self):
        snapshot = self.pull()
        self.assert_whole(snapshot)
        commit = self.hub.repos.commit("models", "org/tiny", "main")
        repo = self.cache / "models--org--tiny"
        self.assertEqual(snapshot, repo / "snapshots" / commit.sha)
        self.assertEqual((repo / "refs" / "main").read_text(), commit.sha)
        for name in MODEL_FILES:
            etag = commit.files[name].etag
            self.assertEqual(os.readlink(snapshot / name), f"../../blobs/{etag}")
            self.assertTrue((self.cache / ".locks" / "models--org--tiny" / f"{etag}.lock").exists())

    def test_only_the_files_that_loading_needs_are_asked_for(self):
        self.pull()
        self.assertEqual(self.hub.asked("README|onnx"), [])
        self.assertEqual(len(self.hub.asked("/resolve/")), 3 + -(-os.path.getsize(TINY_MODEL / "model.safetensors") // PART_BYTES))

    def test_a_model_id_works_wherever_a_model_is_named(self):
        self.assertEqual(self.rank("-m", "org/tiny"), self.rank("-m", TINY_MODEL))
        self.assertEqual(self.rank("-m", "org/tiny", HF_HUB_OFFLINE="1"), self.rank("-m", TINY_MODEL))

    def test_what_is_there_is_not_fetched_again(self):
        self.pull()
        self.hub.forget()
        self.pull()
        self.assertEqual([str(r) for r in self.hub.requests], ["GET /api/models/org/tiny/revision/main"])

    def test_a_commit_that_is_there_needs_no_network(self):
        commit = self.pull().name
        self.hub.close()
        self.assertEqual(self.pull("org/tiny", "--revision", commit).name, commit)

    def test_a_new_commit_shares_the_files_that_did_not_change(self):
        old = self.pull()
        self.add_file("config.json", (TINY_MODEL / "config.json").read_bytes() + b"\n")
        self.hub.forget()
        new = self.pull()
        self.assertNotEqual(old, new)
        self.assert_whole(new)
        self.assertEqual([r.path.rsplit("/")[-1] for r in self.hub.asked("/resolve/")], ["config.json"])

    def test_a_branch_with_slashes_is_a_revision(self):
        self.hub.repos.create("models", "org/tiny", "refs/pr/1")
        snapshot = self.pull("org/tiny", "--revision", "refs/pr/1")
        self.assertEqual((self.cache / "models--org--tiny/refs/refs/pr/1").read_text(), snapshot.name)

    def test_a_data_set_is_fetched_whole(self):
        self.add_file("data/train.jsonl", b'{"a":1}\n', "datasets", "org/pairs")
        self.add_file("README.md", b"# Pairs\n", "datasets", "org/pairs")
        snapshot = self.pull("--dataset", "org/pairs")
        self.assertEqual((snapshot / "data/train.jsonl").read_bytes(), b'{"a":1}\n')
        self.assertTrue((snapshot / "README.md").exists())
        self.assertEqual(snapshot.parents[1].name, "datasets--org--pairs")

    def split(self, **variables):
        """The rows of org/pairs that `crossrank split` reads."""
        self.output("split", "--data", "org/pairs", "--test-size", "1", "--train", "a.jsonl", "--test", "b.jsonl", **variables)
        return sorted((self.folder / "a.jsonl").read_text().splitlines() + (self.folder / "b.jsonl").read_text().splitlines())

    def test_a_data_set_id_works_where_a_data_set_is_named_with_a_card_and_without(self):
        rows = [json.dumps({"question": str(i), "answer": "a"}) for i in range(4)]
        self.add_file("data/train.jsonl", "\n".join(rows).encode(), "datasets", "org/pairs")
        self.add_file("data/test.jsonl", b"another split's", "datasets", "org/pairs")
        for card in (None, b"---\nlicense: mit\n---\n# Pairs\n"):
            with self.subTest(card):
                if card:
                    self.add_file("README.md", card, "datasets", "org/pairs")
                self.assertEqual(self.split(), rows)
                self.assertEqual(self.split(HF_HUB_OFFLINE="1"), rows)
                self.assertEqual(self.hub.asked("/resolve/.*/test.jsonl"), [])

    def test_patterns_choose_the_files(self):
        snapshot = self.pull("org/tiny", "--include", "*.json", "--include", "onnx/", "--exclude", "tokenizer*")
        self.assert_whole(snapshot, files=["config.json", "onnx/model.onnx"])
        self.assert_error(["*.jsn", "nearest"], "pull", "org/tiny", "--include", "*.jsn")

    def test_a_large_file_comes_in_parts_side_by_side(self):
        content = self.random_bytes(PART_BYTES * 5 + 17)
        self.add_file("model.safetensors", content)
        snapshot = self.pull()
        self.assertEqual((snapshot / "model.safetensors").read_bytes(), content)
        ranges = {r.headers["range"] for r in self.hub.asked(WEIGHTS, "cdn")}
        self.assertEqual(ranges, {f"bytes={i * PART_BYTES}-{min((i + 1) * PART_BYTES, len(content)) - 1}" for i in range(6)})
        self.assertEqual(self.unfinished(), [])

    def test_empty_files_and_files_in_folders_and_of_odd_names_are_files_too(self):
        names = ["empty.json", "a/b/c.json", "caf\u00e9 %41#?.json"]
        for name in names:
            self.add_file(name, b"" if name == "empty.json" else b"{}")
        self.assert_whole(self.pull("org/tiny", *[word for name in names for word in ("--include", name.replace("?", "[?]"))]), files=names)

    def test_files_of_one_content_are_fetched_once(self):
        content = self.random_bytes(PART_BYTES * 2)
        for name in ("a.safetensors", "b/c.safetensors", "d.safetensors"):
            self.add_file(name, content)
        snapshot = self.pull("org/tiny", "--include", "[abd]*.safetensors", "--include", "b/*")
        self.assert_whole(snapshot, files=["a.safetensors", "b/c.safetensors", "d.safetensors"])
        self.assertEqual(len(self.hub.asked(WEIGHTS, "cdn")), 2)

    def test_a_listing_of_many_pages_is_read_to_its_end(self):
        self.hub.page_size = 2
        self.assert_whole(self.pull())
        self.assertGreater(len(self.hub.asked("/tree/")), 3)

    def test_the_token_goes_to_the_hub_alone(self):
        self.pull(HF_TOKEN=TOKEN)
        self.assertEqual(self.sent_tokens("hub"), {f"Bearer {TOKEN}"})
        self.assertEqual(self.sent_tokens("cdn"), {None})

    def test_the_token_file_of_a_login_is_read(self):
        self.hub.token = TOKEN
        self.hub.private.add("org/tiny")
        self.home.mkdir()
        (self.home / "token").write_text(TOKEN + "\n")
        self.assert_whole(self.pull())

    def test_a_redirect_elsewhere_does_not_carry_the_token_even_to_another_port_of_the_host(self):
        self.hub.fault(match="/resolve/.*/config.json", status=307, headers={"Location": self.hub.cdn_url + "/x"}, times=1)
        self.run_program("pull", "org/tiny", HF_TOKEN=TOKEN)
        self.assertEqual(self.sent_tokens("cdn"), {None})

    def test_a_renamed_repository_is_followed_with_the_token(self):
        self.hub.token = TOKEN
        self.hub.private.add("org/tiny")
        self.hub.fault(match="/old/name/revision/", status=307, headers={"Location": "/api/models/org/tiny/revision/main"})
        self.hub.fault(match="/old/name/tree/", status=307,
                       headers={"Location": f"/api/models/org/tiny/tree/{self.hub.repos.commit('models', 'org/tiny', 'main').sha}?recursive=true"})
        self.hub.fault(match="/old/name/resolve/.*/config.json", status=307, headers={"Location": "/org/tiny/resolve/main/config.json"})
        snapshot = self.pull("old/name", "--include", "config.json", HF_TOKEN=TOKEN)
        self.assertEqual(snapshot.parents[1].name, "models--old--name")
        self.assert_whole(snapshot, files=["config.json"])

    def test_help_has_examples_and_quiet_pipes_stay_quiet(self):
        for verb in ("pull", "push"):
            self.assertIn("Examples:", self.output(verb, "--help"))


class Offline(HubTest):
    def test_the_cache_answers_and_nobody_is_asked(self):
        snapshot = self.pull()
        self.hub.forget()
        self.assertEqual(self.pull(HF_HUB_OFFLINE="1"), snapshot)
        self.assertEqual(self.hub.requests, [])

    def test_nothing_cached_is_an_error_that_says_what_to_do(self):
        self.assert_error(["offline (HF_HUB_OFFLINE)", "pull it once"], "pull", "org/tiny", HF_HUB_OFFLINE="1")
        self.assertEqual(self.hub.requests, [])

    def test_a_file_that_was_never_fetched_is_named(self):
        self.pull("org/tiny", "--include", "config.json")
        self.assert_error(["3 of its files are not in the cache", "model.safetensors"], "pull", "org/tiny", HF_HUB_OFFLINE="1")

    def test_a_hub_that_cannot_be_reached_is_replaced_by_the_cache_with_a_notice(self):
        snapshot = self.pull()
        self.hub.close()
        result = self.run_program("pull", "org/tiny")
        self.assertEqual((result.returncode, result.stdout), (0, f"{snapshot}\n"))
        self.assertIn("cannot be reached", result.stderr)
        self.assertIn("using the cached commit", result.stderr)

    def test_a_hub_that_cannot_be_reached_and_nothing_cached_is_an_error(self):
        self.hub.close()
        self.assert_error(["cannot be reached", "HF_ENDPOINT"], "pull", "org/tiny")
        self.assertEqual(pathlib.Path(self.cache).exists(), False)


if __name__ == "__main__":
    unittest.main()
