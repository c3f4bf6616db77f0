"""Pushing a folder: what is sent and how, what is left out, what goes wrong."""
import json
import shutil
import unittest

from support import MODEL_FILES, TINY_MODEL, TOKEN, HubTest

COMMIT = "POST .*/commit/main"
STORED = "PUT /upload/"


class PushTest(HubTest):
    """A folder to push, and a token for it."""

    def setUp(self):
        super().setUp()
        self.hub.token = TOKEN
        self.source = self.folder / "model"
        self.source.mkdir()
        for name in MODEL_FILES:
            shutil.copyfile(TINY_MODEL / name, self.source / name)

    def environment(self, **more):
        return super().environment(**{"HF_TOKEN": TOKEN, **more})

    def push(self, *arguments, repo_id="me/new", **variables):
        """The commit that `crossrank push` prints the address of."""
        url = self.output("push", self.source, repo_id, *arguments, **variables)
        self.assertTrue(url.startswith(self.hub.url) and url.endswith("\n") and "/commit/" in url, url)
        return url.strip().rsplit("/", 1)[1]

    def served(self, repo_id="me/new", kind="models", revision="main"):
        return {path: self.hub.repos.content(file).read_bytes() for path, file in self.hub.repos.commit(kind, repo_id, revision).files.items()}

    def local(self):
        return {p.relative_to(self.source).as_posix(): p.read_bytes() for p in self.source.rglob("*") if p.is_file()}

    def write(self, name, content):
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def header(self):
        """What the last commit said of itself."""
        return json.loads(self.hub.body_of(COMMIT).splitlines()[0])["value"]


class Push(PushTest):
    def test_a_repository_is_made_and_holds_the_folder(self):
        self.write("1_Pooling/config.json", b"{}")
        self.write("caf\u00e9 %?#.txt", b"odd")
        self.write("empty.safetensors", b"")
        commit = self.push()
        self.assertEqual(commit, self.hub.repos.commit("models", "me/new", "main").sha)
        self.assertEqual(self.served(), self.local())

    def test_what_was_pushed_ranks_as_the_folder_does(self):
        self.push()
        ranked = [self.output("rank", "-q", "a", "-m", model, __file__) for model in ("me/new", self.source)]
        self.assertEqual(ranked[0], ranked[1])

    def test_large_files_go_to_the_storage_and_small_ones_into_the_commit(self):
        self.push()
        self.assertEqual(len(self.hub.asked(STORED, "cdn")), 1)
        lines = [json.loads(line) for line in self.hub.body_of(COMMIT).splitlines()]
        self.assertEqual([line["key"] for line in lines], ["header", "file", "lfsFile", "file", "file"])
        self.assertEqual(len(self.hub.asked("POST /lfs-verify")), 1)

    def test_a_large_file_goes_in_parts_where_the_hub_wants_that(self):
        self.hub.multipart_bytes = 50_000
        self.push()
        self.assertEqual(len(self.hub.asked(STORED, "cdn")), 5)
        self.assertEqual(self.served(), self.local())

    def test_the_token_never_goes_to_the_storage(self):
        self.hub.multipart_bytes = 50_000
        self.push()
        self.assertEqual(self.sent_tokens("hub"), {f"Bearer {TOKEN}"})
        self.assertEqual(self.sent_tokens("cdn"), {None})

    def test_files_that_did_not_change_are_not_sent_again(self):
        self.push()
        self.write("config.json", b"{ }")
        self.hub.forget()
        self.push()
        self.assertEqual([json.loads(line)["value"].get("path") for line in self.hub.body_of(COMMIT).splitlines()], [None, "config.json"])
        self.assertEqual(self.hub.asked(STORED, "cdn"), [])

    def test_a_folder_that_did_not_change_makes_no_commit(self):
        commit = self.push()
        self.hub.forget()
        result = self.run_program("push", self.source, "me/new")
        self.assertEqual((result.returncode, result.stdout.strip().rsplit("/", 1)[1]), (0, commit))
        self.assertIn("nothing has changed", result.stderr)
        self.assertEqual(self.hub.asked(COMMIT), [])

    def test_files_that_are_on_the_hub_alone_stay(self):
        self.add_file("README.md", b"# By hand\n", repo_id="me/new")
        self.push()
        self.assertEqual(self.served(), {**self.local(), "README.md": b"# By hand\n"})

    def test_one_content_under_two_names_is_stored_once(self):
        self.write("copy.safetensors", (self.source / "model.safetensors").read_bytes())
        self.push()
        self.assertEqual(len(self.hub.asked(STORED, "cdn")), 1)
        self.assertEqual(self.served(), self.local())

    def test_many_files_are_asked_about_in_batches(self):
        for i in range(300):
            self.write(f"notes/{i}.txt", b"%d" % i)
        self.push()
        self.assertEqual(len(self.hub.asked("/preupload/")), 2)
        self.assertEqual(self.served(), self.local())

    def test_data_sets_branches_and_messages(self):
        self.push("--dataset", "--message", "Hard \"negatives\"\u00e9", repo_id="me/pairs")
        self.assertEqual(self.served("me/pairs", "datasets"), self.local())
        self.assertEqual(self.header()["summary"], "Hard \"negatives\"\u00e9")
        self.write("config.json", b"{ }")
        self.push("--revision", "refs/pr/7", repo_id="org/tiny")
        self.assertEqual(self.served("org/tiny", revision="refs/pr/7")["config.json"], self.local()["config.json"])

    def test_a_private_repository_is_made_when_asked_for(self):
        self.push("--private")
        self.push(repo_id="me/open")
        self.assertEqual(self.hub.private, {"me/new"})

    def test_git_and_caches_are_left_out(self):
        self.write(".git/HEAD", b"ref")
        self.write("sub/.git/HEAD", b"ref")
        self.write(".cache/huggingface/x", b"x")
        self.write(".gitattributes", b"* text\n")
        self.push()
        self.assertEqual(set(self.served()), {*MODEL_FILES, ".gitattributes"})

    def test_files_that_the_hub_ignores_are_left_out(self):
        self.write(".gitignore", b"*.log\n")
        self.write("train.log", b"noise")
        answer = [{"path": p, "uploadMode": "regular", "shouldIgnore": p == "train.log", "oid": None} for p in self.local()]
        self.hub.fault(match="/preupload/", status=200, body=json.dumps({"files": answer}))
        self.push()
        self.assertNotIn("train.log", self.served())
        self.assertEqual(json.loads(self.hub.body_of("/preupload/"))["gitIgnore"], "*.log\n")

    def test_links_that_leave_the_folder_are_refused_before_anything_is_sent(self):
        (self.source / "key.json").symlink_to("/etc/passwd")
        self.assert_error(["key.json", "a link out of the folder"], "push", self.source, "me/new")
        self.assertEqual(self.hub.requests, [])

    def test_a_folder_that_is_none_is_an_error(self):
        empty = self.folder / "empty"
        empty.mkdir()
        self.assert_error("no file to push", "push", empty, "me/new")
        self.assert_error("No such file", "push", self.folder / "absent", "me/new")
        self.assert_error("takes a folder", "push", self.source / "config.json", "me/new")

    def test_wrong_usage_is_told(self):
        self.assert_error("not a repository's id", "push", self.source, "a/b/c", status=2)
        self.assert_error("push to a branch", "push", self.source, "me/new", "--revision", "a" * 40, status=2)
        self.assert_error("needs a message", "push", self.source, "me/new", "--message", "", status=2)

    def test_without_a_token_or_a_network_nothing_is_tried(self):
        self.assert_error(["needs a token", "HF_TOKEN", "/settings/tokens"], "push", self.source, "me/new", HF_TOKEN=None)
        self.assert_error(["offline"], "push", self.source, "me/new", HF_HUB_OFFLINE="1")
        self.assertEqual(self.hub.requests, [])


class PushFaults(PushTest):
    """The same, on a Hub that misbehaves."""

    def test_a_token_that_is_not_accepted_is_said(self):
        self.assert_error("does not accept the token", "push", self.source, "me/new", HF_TOKEN="hf_wrong")

    def test_a_namespace_of_somebody_else_is_told(self):
        self.hub.fault(match="/api/repos/create", status=403, headers={"X-Error-Message": "You don't have the rights to create a model"})
        self.assert_error(["forbidden", "rights to create"], "push", self.source, "someone/new")

    def test_a_token_that_may_write_but_not_create_pushes_to_what_is_there(self):
        self.hub.fault(match="/api/repos/create", status=403)
        self.write("config.json", b"{ }")
        self.push(repo_id="org/tiny")

    def test_what_fails_for_a_moment_is_sent_again(self):
        self.hub.multipart_bytes = 100_000
        self.hub.fault(match="", status=503, times=4)
        self.hub.fault(match="", where="cdn", status=500, times=2)
        self.hub.fault(match="", where="cdn", drop=True, times=1)
        self.push()
        self.assertEqual(self.served(), self.local())

    def test_each_step_may_be_dropped(self):
        for match in ("/repos/create", "/preupload/", "/objects/batch", "/lfs-verify", "/commit/"):
            self.hub.fault(match=match, drop=True, times=1)
        self.push()
        self.assertEqual(self.served(), self.local())

    def test_a_commit_whose_answer_was_lost_is_not_made_twice(self):
        self.hub.fault(match=COMMIT, lose_answer=True, times=1)
        self.push()
        self.assertEqual(len(self.hub.asked(COMMIT)), 1)
        self.assertEqual(self.served(), self.local())

    def test_a_storage_that_refuses_or_keeps_something_else_is_an_error(self):
        self.hub.fault(match=STORED, where="cdn", status=403, times=1)
        self.assert_error(["answers 403", self.hub.cdn_url], "push", self.source, "me/new")
        self.hub.fault(match="/lfs-verify", status=400, headers={"X-Error-Message": "the object differs from its hash"})
        self.assert_error(["differs from its hash"], "push", self.source, "me/new")
        self.assertEqual(self.hub.asked(COMMIT), [])

    def test_a_part_that_comes_back_without_its_etag_is_an_error(self):
        self.hub.multipart_bytes = 100_000
        self.hub.fault(match=STORED, where="cdn", status=200)
        self.assert_error("etag", "push", self.source, "me/new")

    def test_a_commit_that_is_refused_says_why(self):
        self.hub.fault(match=COMMIT, status=400, body=json.dumps({"error": "Invalid metadata in README.md"}))
        self.assert_error("Invalid metadata in README.md", "push", self.source, "me/new")

    def test_answers_that_make_no_sense_are_errors(self):
        for match, bodies in (("/preupload/", ("", "{}", '{"files":[]}')), ("/objects/batch", ("[]", '{"objects":[]}')), (COMMIT, ("{}",))):
            for body in bodies:
                self.hub.forget()
                self.hub.fault(match=match, status=200, body=body)
                self.assert_error("", "push", self.source, "me/new")

    def test_a_file_is_sent_to_web_addresses_alone(self):
        oid = self.hub.repos._file(self.source / "model.safetensors", "model.safetensors").sha256
        for href in ("file:///tmp/x", "/upload", "ftp://127.0.0.1/x"):
            self.hub.forget()
            answer = {"objects": [{"oid": oid, "size": 1, "actions": {"upload": {"href": href}}}]}
            self.hub.fault(match="/objects/batch", status=200, body=json.dumps(answer))
            self.assert_error("no web address; refused", "push", self.source, "me/new")


if __name__ == "__main__":
    unittest.main()
