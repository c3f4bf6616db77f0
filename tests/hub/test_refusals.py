"""What the Hub, the way to it, or the disk refuses: each an error in one line that says what to do."""
import json
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import unittest

from support import PROGRAM, TOKEN, WEIGHTS, HubTest


class Refusals(HubTest):
    def test_a_misspelt_name_is_told_with_names_that_are_near(self):
        self.add_model("org/tiny-v2")
        self.add_model("other/large")
        self.assert_error(["org/tinny", "no such repository", "nearest: org/tiny"], "pull", "org/tinny")
        self.assert_error(["org/tinny", "no such repository", "nearest: org/tiny"], "rank", "-q", "a", "-m", "org/tinny", __file__)

    def test_a_private_repository_asks_for_a_token(self):
        self.hub.token = TOKEN
        self.hub.private.add("org/tiny")
        self.assert_error(["no such repository", "private", "HF_TOKEN"], "pull", "org/tiny")

    def test_a_token_that_is_not_accepted_is_said_and_not_shown(self):
        self.hub.token = "another"
        message = self.assert_error(["does not accept the token", "/settings/tokens", "HF_TOKEN"], "pull", "org/tiny", HF_TOKEN=TOKEN)
        self.assertNotIn("no such repository", message)

    def test_a_gated_repository_says_where_to_ask(self):
        self.hub.token = TOKEN
        self.hub.gated.add("org/tiny")
        self.assert_error(["gated", f"{self.hub.url}/org/tiny", "HF_TOKEN", "no token is set"], "pull", "org/tiny")
        self.hub.fault(match="/revision/", status=403, headers={"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted."})
        self.assert_error(["gated", "Access is restricted.", "the token's account has none"], "pull", "org/tiny", HF_TOKEN=TOKEN)

    def test_a_token_without_the_right_is_told(self):
        self.hub.fault(match="/revision/", status=403, headers={"X-Error-Message": "needs read"})
        self.assert_error(["forbidden", "needs read", "/settings/tokens"], "pull", "org/tiny", HF_TOKEN=TOKEN)

    def test_a_missing_revision_is_told_with_one_that_is_near(self):
        self.hub.repos.create("models", "org/tiny", "stable")
        self.assert_error(["stabel", "nearest: stable"], "pull", "org/tiny", "--revision", "stabel")

    def test_a_revision_that_is_gone_is_not_replaced_by_the_cache(self):
        self.hub.repos.create("models", "org/tiny", "dev")
        self.pull("org/tiny", "--revision", "dev")
        shutil.rmtree(self.root / "models" / "org" / "tiny@dev")
        self.assert_error("no branch, tag or commit", "pull", "org/tiny", "--revision", "dev")

    def test_a_storage_that_refuses_is_named_without_its_signature(self):
        self.hub.fault(match="/resolve/.*/config.json", status=302, headers={"Location": self.hub.cdn_url + "/gone?Signature=secret"})
        message = self.assert_error(["404", self.hub.cdn_url + "/gone"], "pull", "org/tiny")
        self.assertNotIn("secret", message)

    def test_names_that_can_be_none_are_wrong_usage(self):
        for name in ("../x", "a/b/c", "a--b/c", ""):
            self.assert_error("", "pull", name, status=2)
        self.assert_error("revision", "pull", "org/tiny", "--revision", "../../x", status=2)
        self.assert_error("HF_ENDPOINT", "pull", "org/tiny", status=2, HF_ENDPOINT="nowhere")
        self.assertEqual(self.hub.requests, [])

    def test_a_repository_without_what_was_asked_for_is_told(self):
        self.add_file("notes.txt", b"no model", repo_id="org/notes")
        self.assert_error(["none of its 1 files", "notes.txt"], "pull", "org/notes")


class UnsafeNames(HubTest):
    """No path in a repository leaves the cache."""

    def listed(self, *paths, oid="a" * 40):
        self.hub.forget()
        entries = [{"type": "file", "oid": oid, "size": 1, "path": path} for path in paths]
        self.hub.fault(match="/tree/", status=200, body=json.dumps(entries))
        self.hub.fault(match="/resolve/", status=200, body="x")

    def everything(self):
        return sorted(str(p) for p in self.folder.rglob("*") if self.root not in p.parents)

    def test_paths_that_leave_the_snapshot_are_refused(self):
        for path in ("../evil.json", "../../../../evil.json", "/tmp/crossrank-evil.json", "a/../../evil.json", "a\\..\\evil.json", "..", ".",
                     "a//config.json", "C:config.json", "a\u0000b.json", "./config.json"):
            with self.subTest(path):
                self.listed("config.json", path)
                before = self.everything()
                self.assert_error("could leave its folder", "pull", "org/tiny", "--include", "*")
                self.assertEqual(self.everything(), before)
                self.assertEqual(self.hub.asked("/resolve/"), [])

    def test_hashes_that_are_paths_are_refused(self):
        self.listed("config.json", oid="../../../evil")
        self.assert_error("is no hash", "pull", "org/tiny")
        self.assertFalse((self.folder / "evil").exists())

    def test_a_file_where_another_needs_a_folder_is_refused(self):
        self.listed("config.json", "config.json/x.json")
        self.assert_error("listed twice, or below another file", "pull", "org/tiny")

    def test_a_commit_that_is_a_path_is_refused(self):
        self.hub.fault(match="/revision/", status=200, body='{"sha": "../../../evil"}')
        self.assert_error("no commit hash", "pull", "org/tiny")

    def test_a_link_in_the_snapshot_is_not_followed(self):
        outside = self.folder / "outside"
        outside.mkdir()
        snapshot = self.cache / "models--org--tiny" / "snapshots" / self.hub.repos.commit("models", "org/tiny", "main").sha
        snapshot.mkdir(parents=True)
        (snapshot / "onnx").symlink_to(outside)
        self.assert_error("a link where the snapshot has a folder", "pull", "org/tiny", "--include", "onnx/*")
        self.assertEqual(os.listdir(outside), [])

    def test_a_link_where_a_download_goes_is_not_followed(self):
        precious = self.folder / "precious"
        precious.write_text("keep")
        blobs = self.cache / "models--org--tiny" / "blobs"
        blobs.mkdir(parents=True)
        etag = self.hub.repos.commit("models", "org/tiny", "main").files["config.json"].etag
        (blobs / f"{etag}.incomplete").symlink_to(precious)
        self.assert_error(f"{etag}.incomplete", "pull", "org/tiny", "--include", "config.json")
        self.assertEqual(precious.read_text(), "keep")


class Ways(HubTest):
    def certificate(self, name):
        path = self.folder / f"{name}.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{path}.key", "-out", path], check=True,
                       capture_output=True)
        both = self.folder / f"{name}-both.pem"
        both.write_bytes(path.read_bytes() + pathlib.Path(f"{path}.key").read_bytes())
        return path, both

    def test_a_certificate_is_trusted_when_a_variable_names_it_and_not_else(self):
        trusted, both = self.certificate("hub")
        other, _ = self.certificate("other")
        hub = self.start_hub(certificate=both)
        settings = {"HF_ENDPOINT": hub.url}
        pull = ("pull", "org/tiny", "--include", "*.json")
        self.assert_error(["certificate is not trusted", "SSL_CERT_FILE"], *pull, **settings)
        self.assert_error("certificate is not trusted", *pull, **settings, SSL_CERT_FILE=str(other))
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            self.output(*pull, **settings, **{name: str(trusted)}, HF_HOME=str(self.folder / name))
        # A certificate that is no longer trusted is not passed over because there is a cached copy.
        self.assert_error("certificate is not trusted", *pull, **settings, HF_HOME=str(self.folder / "SSL_CERT_FILE"))
        self.assert_error("certificate", *pull, **settings, SSL_CERT_FILE="/nonexistent.pem")

    def test_a_redirect_out_of_tls_is_refused(self):
        trusted, both = self.certificate("hub")
        hub = self.start_hub(certificate=both)
        self.assert_error("not encrypted; refused", "pull", "org/tiny", HF_ENDPOINT=hub.url, SSL_CERT_FILE=str(trusted), HF_TOKEN=TOKEN)
        self.assertEqual([r for r in hub.requests if r.where == "cdn"], [])

    def test_a_proxy_is_asked_for_everything(self):
        proxy = self.start_hub()
        self.assert_whole(self.pull(http_proxy=proxy.url))
        asked = [r for r in proxy.requests if r.where == "proxy"]
        self.assertTrue(all(r.path.startswith((self.hub.url, self.hub.cdn_url)) for r in asked))
        self.assertEqual(len([r for r in asked if self.hub.cdn_url in r.path]), len(self.hub.asked(WEIGHTS, "cdn")))
        proxy.requests.clear()
        self.pull(http_proxy=proxy.url, no_proxy="127.0.0.1")
        self.assertEqual(proxy.requests, [])

    def test_a_proxy_that_is_not_there_is_an_error_that_names_the_variable(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            dead = f"http://127.0.0.1:{unused.getsockname()[1]}"
            self.assert_error(["cannot be reached", "proxy"], "pull", "org/tiny", http_proxy=dead)
        self.assert_error("proxy", "pull", "org/tiny", http_proxy="http://proxy.invalid:8080")

    def test_a_proxy_that_wants_a_password_says_so(self):
        proxy = self.start_hub()
        proxy.fault(match="http://", status=407)
        self.assert_error(["proxy wants a name and a password"], "pull", "org/tiny", http_proxy=proxy.url)


class Disks(HubTest):
    def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(self):
        entry = {"type": "file", "oid": "a" * 40, "size": 1 << 49, "path": "config.json"}
        self.hub.fault(match="/tree/", status=200, body=json.dumps([entry]))
        self.assert_error(["MiB are needed", "MiB are free", "HF_HOME"], "pull", "org/tiny")
        self.assertEqual(self.hub.asked("/resolve/"), [])

    def test_a_disk_that_fills_up_keeps_what_came_and_goes_on_from_there(self):
        def fill():
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))  # the system's way of a full disk; Python ignores its signal

        result = subprocess.run([PROGRAM, "pull", "org/tiny"], env=self.environment(CROSSRANK_HUB_PART_BYTES=str(1 << 30)), text=True,
                                capture_output=True, preexec_fn=fill, restore_signals=False)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("make room and try again, what came is kept", result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)
        self.assert_nothing_half_written()
        self.hub.forget()
        self.assert_whole(self.pull(CROSSRANK_HUB_PART_BYTES=str(1 << 30)))
        self.assertTrue(self.hub.asked(WEIGHTS, "cdn")[0].headers["range"].startswith("bytes=50000-"))

    def test_a_cache_that_cannot_be_made_names_the_variable(self):
        self.home.write_text("a file")
        self.assert_error(["HF_HOME"], "pull", "org/tiny")


if __name__ == "__main__":
    unittest.main()
