#!/usr/bin/env python3
"""A Hugging Face Hub on loopback, for tests: serves folders as repositories (hub_repos.py says how they lie), and misbehaves on demand.

    python3 tests/hub/loopback_hub.py --root FOLDER --port 0        prints the URL to put into HF_ENDPOINT, and serves until killed
    with LoopbackHub(folder) as hub: ... hub.url ...                in a test

LFS files are redirected to a second port, the "CDN", which must never see a token. `hub.requests` records what was asked. A `Fault`
changes answers: the first fault that matches and is not used up acts. `--fault '{"match": "GET /x", "status": 503, "times": 1}'`.
"""
import argparse
import base64
import dataclasses
import hashlib
import http.client
import http.server
import json
import pathlib
import re
import ssl
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hub_repos import KINDS, Repos, is_lfs  # noqa: E402  (the folder of this file is no package)


@dataclasses.dataclass
class Fault:
    match: str = ""  # a regular expression, searched in "METHOD /path?query"
    where: str = "hub"  # hub, cdn
    times: int = -1  # answers to spoil; -1: all
    skip: int = 0  # matching answers to leave alone first
    status: int = 0  # this answer instead,
    headers: dict = dataclasses.field(default_factory=dict)  # with these headers,
    body: str = ""  # and this body
    cut_after: int = -1  # bytes of the body, then the connection ends
    stall_after: int = -1  # bytes of the body, then nothing comes
    stall_seconds: float = 30
    pause: float = 0  # seconds before the answer
    ignore_range: bool = False  # the whole file for a part
    shift_range: int = 0  # a part that begins elsewhere
    corrupt: bool = False  # one byte differs
    longer: int = 0  # more bytes than there are, with a length that says so
    drop: bool = False  # the connection ends without an answer
    lose_answer: bool = False  # the same, after what was asked for is done

    @property
    def answers(self):
        return self.status != 0


@dataclasses.dataclass
class Request:
    where: str  # hub, cdn, proxy
    method: str
    path: str
    headers: dict  # names in lower case
    body: bytes = b""

    def __str__(self):
        return f"{self.method} {self.path}"


class LoopbackHub:
    """Serves `root` until closed. `token`: what every request must carry, where one is set; `private`, `gated`: ids that need it."""

    def __init__(self, root, port=0, token=None, certificate=None):
        self.repos = Repos(root)
        self.token = token
        self.private, self.gated = set(), set()
        self.page_size = 1000  # entries of a tree's page
        self.multipart_bytes = 1 << 30  # LFS uploads above this come in parts of this size
        self.faults, self.requests = [], []
        self.uploads = {}  # sha256 or "sha256/part" -> path
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.scratch = tempfile.TemporaryDirectory(prefix="loopback-hub-")
        self.hub = self._server("hub", HubHandler, port, certificate)
        self.cdn = self._server("cdn", CdnHandler, 0, None)
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self.hub.server_address[1]}"
        self.cdn_url = f"http://127.0.0.1:{self.cdn.server_address[1]}"

    def _server(self, where, handler, port, certificate):
        server = Server(("127.0.0.1", port), handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.owner, server.where = self, where
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def close(self):
        self.stopped.set()
        for server in (self.hub, self.cdn):
            server.shutdown()
            server.server_close()
        self.scratch.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def fault(self, **fields):
        fault = Fault(**fields)
        with self.lock:
            self.faults.append(fault)
        return fault

    def fault_for(self, request):
        with self.lock:
            for fault in self.faults:
                if fault.where != request.where or fault.times == 0 or not re.search(fault.match, str(request)):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return Fault()

    def asked(self, pattern, where="hub"):
        """The recorded requests that match."""
        return [r for r in self.requests if r.where == where and re.search(pattern, str(r))]

    def body_of(self, pattern):
        """What the last request that matches sent."""
        return self.asked(pattern)[-1].body

    def forget(self):
        """Starts anew: no faults, no records."""
        with self.lock:
            self.faults.clear()
            self.requests.clear()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that goes away, or a certificate it does not trust, is part of the tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    """What the Hub and the CDN have in common: records, faults, and files in parts."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def owner(self):
        return self.server.owner

    def log_message(self, *_):
        pass

    def handle_request(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.server.where, self.command, self.path, headers)
        self.owner.requests.append(request)
        self.body = request.body = self.rfile.read(int(headers.get("content-length", 0))) if "transfer-encoding" not in headers else self.read_chunks()
        self.fault = self.owner.fault_for(request)
        if self.fault.pause:
            self.owner.stopped.wait(self.fault.pause)
        if self.fault.drop:
            self.close_connection = True
            return
        if self.fault.answers:
            self.answer(self.fault.status, self.fault.body.encode(), self.fault.headers)
            return
        self.path, _, query = self.path.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query))
        self.respond()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_request

    def read_chunks(self):
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self, status, body=b"", headers=None):
        if self.fault.lose_answer:
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + self.fault.longer))
        self.end_headers()
        if self.command != "HEAD":
            self.send_body(body)

    def answer_json(self, value, status=200, headers=None):
        self.answer(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    def answer_error(self, status, code, message):
        self.answer_json({"error": message}, status, {"X-Error-Code": code, "X-Error-Message": message})

    def send_body(self, body):
        """The bytes, spoiled as the fault says."""
        if self.fault.corrupt and body:
            body = bytes([body[0] ^ 1]) + body[1:]
        body += b"?" * self.fault.longer
        for limit, wait in ((self.fault.cut_after, 0), (self.fault.stall_after, self.fault.stall_seconds)):
            if limit >= 0:
                self.wfile.write(body[:limit])
                self.wfile.flush()
                self.owner.stopped.wait(wait)
                self.close_connection = True
                return
        self.wfile.write(body)

    def answer_file(self, path, size, headers):
        """A file, or the part that Range asks for."""
        first, last = 0, size - 1
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        partial = bool(wanted) and not self.fault.ignore_range
        if partial:
            first, last = int(wanted[1]), min(int(wanted[2] or size - 1), size - 1)
            if first >= size:
                self.answer(416, b"", {"Content-Range": f"bytes */{size}"})
                return
            first, last = first + self.fault.shift_range, last + self.fault.shift_range
            headers = {**headers, "Content-Range": f"bytes {first}-{last}/{size}"}
        with open(path, "rb") as file:
            file.seek(first)
            body = b"" if self.command == "HEAD" else file.read(last - first + 1)
        if self.command == "HEAD":
            self.send_response(200)
            for name, value in {**headers, "Content-Length": size}.items():
                self.send_header(name, str(value))
            self.end_headers()
            return
        self.answer(206 if partial else 200, body, {**headers, "Accept-Ranges": "bytes"})


class CdnHandler(Handler):
    """Where LFS files are: GET /SHA256, PUT /upload/SHA256[/PART]."""

    def respond(self):
        name = self.path.strip("/")
        if self.command == "PUT" and name.startswith("upload/"):
            name = name.removeprefix("upload/")
            path = pathlib.Path(self.owner.scratch.name) / name.replace("/", "-")
            path.write_bytes(self.body)
            self.owner.uploads[name] = path
            self.answer(200, b"", {"ETag": f'"{hashlib.md5(self.body).hexdigest()}"'})
            return
        path = self.owner.repos.object(name)
        if path is None:
            self.answer(404, b"no such object")
            return
        self.answer_file(path, path.stat().st_size, {"ETag": '"an-etag-of-the-cdn"'})


class HubHandler(Handler):
    """The Hub's API, as far as downloads, uploads and the packages around them ask for it."""

    def respond(self):
        if self.path.startswith("http://"):
            self.forward()
            return
        routes = [
            ("POST", r"/api/repos/create", self.create),
            ("POST", r"/api/validate-yaml", lambda: self.answer_json({"errors": [], "warnings": []})),
            ("GET", r"/api/whoami-v2", lambda: self.answer_json({"type": "user", "name": "tester", "orgs": []})),
            ("GET", r"/api/(models|datasets)", self.search),
            ("GET", r"/api/(models|datasets)/(.+?)/refs", self.refs),
            ("GET", r"/api/(models|datasets)/(.+?)/revision/([^/]+)", self.info),
            ("GET", r"/api/(models|datasets)/(.+?)/tree/([^/]+)(?:/(.*))?", self.tree),
            ("POST", r"/api/(models|datasets)/(.+?)/paths-info/([^/]+)", self.paths_info),
            ("POST", r"/api/(models|datasets)/(.+?)/preupload/([^/]+)", self.preupload),
            ("POST", r"/api/(models|datasets)/(.+?)/commit/([^/]+)", self.commit),
            ("POST", r"/api/(models|datasets)/(.+?)/branch/([^/]+)", self.branch),
            ("GET", r"/api/(models|datasets)/([^/]+(?:/[^/]+)?)", self.info),
            ("POST", r"/(?:(datasets)/)?(.+?)\.git/info/lfs/objects/batch", self.lfs_batch),
            ("POST", r"/lfs-complete/([0-9a-f]{64})", self.lfs_complete),
            ("POST", r"/lfs-verify", self.lfs_verify),
            ("GET", r"/(?:(datasets)/)?(.+?)/resolve/([^/]+)/(.+)", self.resolve),
        ]
        method = "GET" if self.command == "HEAD" else self.command
        for verb, pattern, route in routes:
            found = re.fullmatch(pattern, self.path)
            if verb == method and found:
                route(*[part and urllib.parse.unquote(part) for part in found.groups()])
                return
        self.answer_error(404, "NotFound", "Sorry, we can't find the page you are looking for.")

    def allowed(self, kind, repo_id):
        """Whether this request may see the repository; else it is answered as the Hub does."""
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        owner = self.owner
        if given and owner.token and given != owner.token:
            self.answer_error(401, "", "Invalid credentials in Authorization header")
        elif repo_id in owner.gated and given != owner.token:
            self.answer_error(403 if given else 401, "GatedRepo", f"Access to model {repo_id} is restricted.")
        elif not owner.repos.exists(kind, repo_id) or (repo_id in owner.private and given != owner.token):
            if given:
                self.answer_error(404, "RepoNotFound", "Repository not found")
            else:
                self.answer_error(401, "RepoNotFound", "Invalid username or password.")
        else:
            return True
        return False

    def commit_of(self, kind, repo_id, revision):
        if not self.allowed(kind, repo_id):
            return None
        commit = self.owner.repos.commit(kind, repo_id, revision)
        if commit is None:
            self.answer_error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit

    def search(self, kind):
        words = self.query.get("search", "").lower()
        found = [i for i in self.owner.repos.ids(kind) if words in i.lower() and i not in self.owner.private]
        self.answer_json([{"id": i, "modelId": i} for i in found[: int(self.query.get("limit", 20))]])

    def refs(self, kind, repo_id):
        if self.allowed(kind, repo_id):
            repos = self.owner.repos
            branches = [{"name": b, "ref": f"refs/heads/{b}", "targetCommit": repos.commit(kind, repo_id, b).sha}
                        for b in repos.branches(kind, repo_id)]
            self.answer_json({"branches": branches, "tags": [], "converts": []})

    def info(self, kind, repo_id, revision="main"):
        commit = self.commit_of(kind, repo_id, revision)
        if commit:
            siblings = [{"rfilename": path} for path in commit.files]
            self.answer_json({"_id": "0", "id": repo_id, "modelId": repo_id, "author": repo_id.split("/")[0], "sha": commit.sha,
                              "lastModified": "2026-01-01T00:00:00.000Z", "createdAt": "2026-01-01T00:00:00.000Z",
                              "private": repo_id in self.owner.private, "gated": False, "disabled": False, "downloads": 0, "likes": 0,
                              "tags": [], "spaces": [], "siblings": siblings})

    def tree(self, kind, repo_id, revision, under=None):
        commit = self.commit_of(kind, repo_id, revision)
        if commit is None:
            return
        prefix = under.strip("/") + "/" if under else ""
        entries, folders = [], set()
        for path, file in commit.files.items():
            if not path.startswith(prefix):
                continue
            parts = path[len(prefix):].split("/")
            folders |= {prefix + "/".join(parts[:depth]) for depth in range(1, len(parts))}
            if len(parts) == 1 or self.query.get("recursive", "").lower() in ("true", "1"):
                entries.append(file.entry())
        if self.query.get("recursive", "").lower() not in ("true", "1"):
            folders = {f for f in folders if "/" not in f[len(prefix):]}
        entries += [{"type": "directory", "oid": hashlib.sha1(f.encode()).hexdigest(), "size": 0, "path": f} for f in sorted(folders)]
        if prefix and not entries:
            self.answer_error(404, "EntryNotFound", f"{under} does not exist on \"{revision}\"")
            return
        first = int(self.query.get("cursor", 0))
        last = first + self.owner.page_size
        headers = {}
        if last < len(entries):
            query = urllib.parse.urlencode({**self.query, "cursor": last})
            headers["Link"] = f'<{self.owner.url}{urllib.parse.quote(self.path, safe="/%")}?{query}>; rel="next"'
        self.answer_json(entries[first:last], headers=headers)

    def paths_info(self, kind, repo_id, revision):
        commit = self.commit_of(kind, repo_id, revision)
        if commit is None:
            return
        if "json" in self.headers.get("Content-Type", ""):
            paths = json.loads(self.body)["paths"]
        else:
            paths = urllib.parse.parse_qs(self.body.decode()).get("paths", [])
        entries = [commit.files[p].entry() for p in paths if p in commit.files]
        entries += [{"type": "directory", "oid": "0" * 40, "size": 0, "path": p} for p in paths
                    if p not in commit.files and any(f.startswith(p.rstrip("/") + "/") for f in commit.files)]
        self.answer_json(entries)

    def resolve(self, dataset, repo_id, revision, path):
        commit = self.commit_of(dataset or "models", repo_id, revision)
        if commit is None:
            return
        headers = {"X-Repo-Commit": commit.sha}
        file = commit.files.get(path)
        content = file and self.owner.repos.content(file)
        if content is None:
            self.answer(404, b"Entry not found", {**headers, "X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"})
        elif file.sha256:
            headers |= {"X-Linked-Etag": f'"{file.sha256}"', "X-Linked-Size": str(file.size), "ETag": f'"{file.oid}"'}
            self.answer(302, b"", {**headers, "Location": f"{self.owner.cdn_url}/{file.sha256}"})
        else:
            self.answer_file(content, file.size, {**headers, "ETag": f'"{file.oid}"'})

    def may_write(self, kind, repo_id):
        if self.owner.token and self.headers.get("Authorization") != f"Bearer {self.owner.token}":
            self.answer_error(401, "", "Invalid username or password.")
            return False
        return self.allowed(kind, repo_id)

    def create(self):
        wanted = json.loads(self.body)
        kind = wanted.get("type", "model") + "s"
        repo_id = "/".join(filter(None, (wanted.get("organization") or "", wanted["name"])))
        if kind not in KINDS:
            self.answer_error(400, "", f"no such type: {kind}")
        elif self.owner.token and self.headers.get("Authorization") != f"Bearer {self.owner.token}":
            self.answer_error(401, "", "Invalid username or password.")
        elif self.owner.repos.exists(kind, repo_id):
            self.answer_json({"error": "You already created this repo", "url": f"{self.owner.url}/{repo_id}"}, 409)
        else:
            self.owner.repos.create(kind, repo_id)
            if wanted.get("visibility") == "private" or wanted.get("private"):
                self.owner.private.add(repo_id)
            self.answer_json({"url": f"{self.owner.url}/{repo_id}", "name": repo_id, "id": "0"})

    def branch(self, kind, repo_id, revision):
        if not self.may_write(kind, repo_id):
            return
        if revision in self.owner.repos.branches(kind, repo_id):
            self.answer_error(409, "", "Reference already exists")
            return
        self.owner.repos.create(kind, repo_id, revision)
        self.answer_json({})

    def preupload(self, kind, repo_id, revision):
        commit = self.commit_of(kind, repo_id, revision) if self.may_write(kind, repo_id) else None
        if commit is None:
            return
        files = []
        for file in json.loads(self.body)["files"]:
            base64.b64decode(file["sample"], validate=True)
            known = commit.files.get(file["path"])
            mode = "lfs" if is_lfs(file["path"], file["size"]) else "regular"
            files.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": known.etag if known else None})
        self.answer_json({"files": files})

    def lfs_batch(self, dataset, repo_id):
        if not self.may_write(dataset or "models", repo_id):
            return
        objects = []
        for wanted in json.loads(self.body)["objects"]:
            oid, size = wanted["oid"], wanted["size"]
            entry = {"oid": oid, "size": size}
            verify = {"href": f"{self.owner.url}/lfs-verify", "header": {}}
            if self.owner.repos.object(oid) is None and size <= self.owner.multipart_bytes:
                entry["actions"] = {"upload": {"href": f"{self.owner.cdn_url}/upload/{oid}"}, "verify": verify}
            elif self.owner.repos.object(oid) is None:
                parts = range(1, -(-size // self.owner.multipart_bytes) + 1)
                header = {"chunk_size": str(self.owner.multipart_bytes)}
                header |= {f"{part:05}": f"{self.owner.cdn_url}/upload/{oid}/{part}" for part in parts}
                upload = {"href": f"{self.owner.url}/lfs-complete/{oid}", "header": header}
                entry["actions"] = {"upload": upload, "verify": verify}
            objects.append(entry)
        self.answer_json({"transfer": "basic", "objects": objects})

    def lfs_complete(self, oid):
        parts = json.loads(self.body)["parts"]
        whole = b""
        for part in parts:
            content = self.owner.uploads[f"{oid}/{part['partNumber']}"].read_bytes()
            if part["etag"].strip('"') != hashlib.md5(content).hexdigest():
                self.answer_error(400, "", "the etag of a part is wrong")
                return
            whole += content
        path = pathlib.Path(self.owner.scratch.name) / oid
        path.write_bytes(whole)
        self.owner.uploads[oid] = path
        self.answer_json({})

    def lfs_verify(self):
        wanted = json.loads(self.body)
        path = self.owner.uploads.get(wanted["oid"])
        content = path.read_bytes() if path else b""
        good = len(content) == wanted["size"] and hashlib.sha256(content).hexdigest() == wanted["oid"]
        self.answer(200 if good else 400, b"" if good else b"the object differs from its hash")

    def commit(self, kind, repo_id, revision):
        if not self.may_write(kind, repo_id) or self.commit_of(kind, repo_id, revision) is None:
            return
        changes = {}
        for line in self.body.decode().splitlines():
            item = json.loads(line)
            value = item["value"]
            if item["key"] == "file":
                changes[value["path"]] = base64.b64decode(value["content"], validate=True)
            elif item["key"] == "lfsFile":
                content = self.owner.uploads.get(value["oid"]) or self.owner.repos.object(value["oid"])
                if content is None:
                    self.answer_error(400, "", f"{value['path']}: its LFS object was not uploaded")
                    return
                changes[value["path"]] = content.read_bytes()
            elif item["key"] == "deletedFile":
                changes[value["path"]] = None
            elif not value.get("summary"):
                self.answer_error(400, "", "a commit needs a summary")
                return
        done = self.owner.repos.apply(kind, repo_id, revision, changes)
        prefix = "datasets/" if kind == "datasets" else ""
        self.answer_json({"success": True, "commitOid": done.sha, "commitUrl": f"{self.owner.url}/{prefix}{repo_id}/commit/{done.sha}"})

    def forward(self):
        """As an HTTP proxy: hands the request on, and the answer back."""
        self.owner.requests.append(Request("proxy", self.command, self.path, dict(self.headers)))
        target = urllib.parse.urlsplit(self.path)
        connection = http.client.HTTPConnection(target.hostname, target.port, timeout=10)
        query = urllib.parse.urlencode(self.query)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("proxy-connection", "connection")}
        connection.request(self.command, target.path + ("?" + query if query else ""), self.body or None, headers)
        response = connection.getresponse()
        kept = {k: v for k, v in response.getheaders() if k.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server")}
        body = response.read()
        self.answer(response.status, body, kept)
        connection.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True, help="folder with models/ and datasets/")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--token", help="the token that writing, and private repositories, need")
    parser.add_argument("--fault", action="append", default=[], type=json.loads, help="a Fault, as JSON; may be given often")
    arguments = parser.parse_args()
    with LoopbackHub(arguments.root, arguments.port, arguments.token) as hub:
        for fault in arguments.fault:
            hub.fault(**fault)
        print(hub.url, flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
