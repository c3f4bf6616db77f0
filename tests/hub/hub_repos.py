"""Folders as repositories of a Hub: commits, file listings and blobs, computed from what lies on disk.

    ROOT/models/org/name/...          the branch main of the model org/name (also ROOT/models/name/...: ids of one part)
    ROOT/datasets/org/name/...        the same of a data set
    ROOT/models/org/name@dev/...      its branch dev ("@refs%2Fpr%2F1": percent-encoded where a name has slashes)
    ROOT/.objects/                    what uploads left, and what they replaced

A folder's commit is the hash of what is in it: editing a file makes a new commit. Large files and those that the Hub keeps in LFS
(*.safetensors, *.parquet, ...) are LFS files.
"""
import dataclasses
import hashlib
import os
import pathlib
import re
import shutil
import threading
import urllib.parse

KINDS = ("models", "datasets")
LFS_SUFFIXES = {".safetensors", ".parquet", ".bin", ".arrow", ".onnx", ".npy", ".npz", ".gz", ".zst", ".pt", ".zip", ".tar", ".model"}
LFS_BYTES = 10 << 20  # the Hub refuses larger files outside LFS


def is_lfs(path, size):
    return size > 0 and (pathlib.PurePosixPath(path).suffix in LFS_SUFFIXES or size > LFS_BYTES)


def file_hash(path, kind, head=b""):
    digest = hashlib.new(kind, head)
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


@dataclasses.dataclass
class RepoFile:
    path: str  # in the repository
    disk: pathlib.Path
    size: int
    changed: int  # mtime in ns: whether `disk` still holds this version
    oid: str  # git's hash of the blob (of the pointer for an LFS file)
    sha256: str | None  # of an LFS file
    pointer_size: int = 0

    @property
    def etag(self):
        return self.sha256 or self.oid

    def entry(self):
        """The file as the tree API lists it."""
        entry = {"type": "file", "oid": self.oid, "size": self.size, "path": self.path}
        if self.sha256:
            entry["lfs"] = {"oid": self.sha256, "size": self.size, "pointerSize": self.pointer_size}
        return entry


@dataclasses.dataclass
class Commit:
    sha: str
    files: dict  # path -> RepoFile


class Repos:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.objects = self.root / ".objects"
        self.lock = threading.RLock()
        self.hashed = {}  # (disk, mtime, size) -> RepoFile
        self.commits = {}  # (kind, id, sha) -> Commit
        for kind in KINDS:
            (self.root / kind).mkdir(parents=True, exist_ok=True)

    def folder(self, kind, repo_id, revision="main"):
        suffix = "" if revision == "main" else "@" + urllib.parse.quote(revision, safe="")
        return self.root / kind / (repo_id + suffix)

    def ids(self, kind):
        """Ids of all repositories: folders of one or two levels; a first level that holds files is a repository itself."""
        found = []
        for first in sorted(p for p in (self.root / kind).iterdir() if p.is_dir() and "@" not in p.name):
            if any(child.is_file() for child in first.iterdir()):
                found.append(first.name)
            else:
                found += [f"{first.name}/{p.name}" for p in sorted(first.iterdir()) if p.is_dir() and "@" not in p.name]
        return found

    def exists(self, kind, repo_id):
        return self.folder(kind, repo_id).is_dir() and repo_id in self.ids(kind) + self.empty_ids(kind)

    def empty_ids(self, kind):
        return [p.name for p in (self.root / kind).iterdir() if p.is_dir() and not any(p.iterdir())]

    def branches(self, kind, repo_id):
        folder = self.folder(kind, repo_id)
        others = sorted(p.name.split("@", 1)[1] for p in folder.parent.glob(folder.name + "@*"))
        return ["main"] + [urllib.parse.unquote(name) for name in others]

    def commit(self, kind, repo_id, revision):
        """The commit of a branch or a hash; None where there is none."""
        with self.lock:
            for branch in self.branches(kind, repo_id):
                current = self._scan(self.folder(kind, repo_id, branch), kind, repo_id)
                if revision in (branch, current.sha):
                    return current
            if re.fullmatch(r"[0-9a-f]{40}", revision):
                return self.commits.get((kind, repo_id, revision))
            return None

    def _scan(self, folder, kind, repo_id):
        paths = sorted(p for p in folder.rglob("*") if p.is_file())
        files = [self._file(p, p.relative_to(folder).as_posix()) for p in paths]
        listing = "".join(f"{f.path}\0{f.oid}\n" for f in files)
        commit = Commit(hashlib.sha1(f"{kind}/{repo_id}\n{listing}".encode()).hexdigest(), {f.path: f for f in files})
        return self.commits.setdefault((kind, repo_id, commit.sha), commit)

    def _file(self, disk, path):
        status = disk.stat()
        key = (str(disk), status.st_mtime_ns, status.st_size)
        if key not in self.hashed:
            size = status.st_size
            if is_lfs(path, size):
                sha256 = file_hash(disk, "sha256")
                pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()
                oid = hashlib.sha1(f"blob {len(pointer)}\0".encode() + pointer).hexdigest()
                self.hashed[key] = RepoFile(path, disk, size, status.st_mtime_ns, oid, sha256, len(pointer))
            else:
                oid = file_hash(disk, "sha1", f"blob {size}\0".encode())
                self.hashed[key] = RepoFile(path, disk, size, status.st_mtime_ns, oid, None)
        return self.hashed[key]

    def content(self, file):
        """The path of a file's bytes, or None when they were overwritten."""
        try:
            status = file.disk.stat()
            if (status.st_mtime_ns, status.st_size) == (file.changed, file.size):
                return file.disk
        except OSError:
            pass
        kept = self.objects / file.etag
        return kept if kept.exists() else None

    def object(self, sha256):
        """The path of an LFS object by its hash."""
        with self.lock:
            for commit in list(self.commits.values()):
                for file in commit.files.values():
                    if file.sha256 == sha256 and (content := self.content(file)):
                        return content
        kept = self.objects / sha256
        return kept if kept.exists() else None

    def create(self, kind, repo_id, revision="main"):
        folder = self.folder(kind, repo_id, revision)
        folder.mkdir(parents=True)
        if revision != "main":
            shutil.copytree(self.folder(kind, repo_id), folder, dirs_exist_ok=True)

    def apply(self, kind, repo_id, revision, changes):
        """Writes {path: bytes, or the path of an object, or None to delete} as a commit; earlier commits stay readable."""
        with self.lock:
            before = self.commit(kind, repo_id, revision)
            folder = self.folder(kind, repo_id, revision)
            self.objects.mkdir(exist_ok=True)
            for path, content in changes.items():
                target = folder / path
                if path in before.files and not (self.objects / before.files[path].etag).exists():
                    os.link(target, self.objects / before.files[path].etag)
                if content is None:
                    target.unlink(missing_ok=True)
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                fresh = target.with_name(target.name + ".new")
                if isinstance(content, bytes):
                    fresh.write_bytes(content)
                else:
                    os.link(content, fresh)
                os.replace(fresh, target)
            return self.commit(kind, repo_id, revision)
