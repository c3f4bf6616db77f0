// push_folder: a folder as one commit, by the Hub's commit API.
#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/mapped_file.h"
#include "hub/answers.h"
#include "hub/client.h"
#include "hub/content_hash.h"
#include "hub/hub.h"
#include "hub/lfs_upload.h"
#include "hub/push_files.h"
#include "hub/repo_names.h"
#include "hub/retry.h"
#include "hub/transfer_progress.h"
#include "hub/url.h"

namespace crossrank {
namespace {

constexpr size_t kModesAtOnce = 256;  // of huggingface_hub, too
constexpr size_t kSampleBytes = 512;  // of each file, by which the Hub tells text from binary
constexpr size_t kMaxCommitBytes = size_t{1} << 30;
constexpr size_t kMaxGitIgnoreBytes = 1 << 20;

// A file, what the Hub wants of it, and its hash by that.
struct Addition {
  PushFile file;
  bool lfs = false;
  std::string etag;  // of git for a file in the commit, SHA-256 for an LFS file
};

class Push {
 public:
  Push(const HubSettings& settings, const HubRepo& repo, const PushOptions& options)
      : settings_(settings), repo_(repo), options_(options), client_(settings, repo) {}

  std::string run(std::vector<PushFile> files, const HubProgress& told) {
    if (options_.create) ensure_repo();
    const std::string parent = branch_commit();
    const std::vector<Addition> additions = changed_files(files);
    if (additions.empty()) {
      if (settings_.notice) settings_.notice(fmt::format("{}: nothing has changed since the last commit", repo_title(repo_)));
      return commit_page(parent);
    }
    upload_large(additions, told);
    return commit(additions, parent);
  }

 private:
  std::string commit_page(const std::string& commit) const { return repo_page_url(settings_, repo_) + "/commit/" + commit; }

  // Creating is the way to ask: 409 says that it is there. A token that may write and not create gets another refusal.
  void ensure_repo() {
    const size_t slash = repo_.id.find('/');
    Json wanted = {{"name", slash == std::string::npos ? repo_.id : repo_.id.substr(slash + 1)},
                   {"type", repo_.type == RepoType::kModel ? "model" : "dataset"}};
    if (slash != std::string::npos) wanted["organization"] = repo_.id.substr(0, slash);
    if (options_.private_repo) wanted["visibility"] = "private";
    HttpRequest request = post(settings_.endpoint + "/api/repos/create", wanted.dump());
    request.allowed_status = 409;
    try {
      client_.ask(request);
    } catch (const Transient&) {
      throw;
    } catch (const Error& refused) {
      try {
        client_.commit(false);
      } catch (const RevisionMissing&) {
        return;
      } catch (const Error&) {
        throw refused;
      }
    }
  }

  // The commit that the branch is now; the branch is made where it is missing.
  std::string branch_commit() {
    try {
      return client_.commit(false);
    } catch (const RevisionMissing&) {
      if (!options_.create) throw;
    }
    HttpRequest request = post(repo_api_url(settings_, repo_, "branch/" + percent_encode(repo_.revision, false)), "{}");
    request.allowed_status = 409;  // somebody was quicker
    client_.ask(request);
    return client_.commit(false);
  }

  // Asks what the Hub wants of each file, and leaves out what it ignores or has as it is.
  std::vector<Addition> changed_files(const std::vector<PushFile>& files) {
    std::string git_ignore;
    for (const PushFile& file : files) {
      if (file.path == ".gitignore") git_ignore = read_file(file.disk, kMaxGitIgnoreBytes);
    }
    std::vector<Addition> additions;
    for (size_t first = 0; first < files.size(); first += kModesAtOnce) {
      const size_t count = std::min(kModesAtOnce, files.size() - first);
      std::map<std::string, UploadMode> modes = ask_modes({files.data() + first, count}, git_ignore);
      for (size_t i = first; i < first + count; ++i) {
        const auto mode = modes.find(files[i].path);
        if (mode == modes.end())
          throw error(ErrorCode::kHub, "{}: {}: the Hub does not say how to send it", repo_title(repo_), files[i].path);
        if (mode->second.ignore) continue;
        Addition addition{files[i], mode->second.lfs && files[i].size > 0, ""};  // the storage takes no empty file
        addition.etag = addition.lfs ? sha256_of_file(files[i].disk) : git_blob_hash_of_file(files[i].disk);
        if (addition.etag != mode->second.remote_etag) additions.push_back(std::move(addition));
      }
    }
    return additions;
  }

  std::map<std::string, UploadMode> ask_modes(std::span<const PushFile> files, const std::string& git_ignore) {
    Json list = Json::array();
    for (const PushFile& file : files) {
      const auto mapped = MappedFile::open(file.disk);
      list.push_back({{"path", file.path}, {"size", file.size}, {"sample", base64(mapped->text().substr(0, kSampleBytes))}});
    }
    Json body = {{"files", std::move(list)}};
    if (!git_ignore.empty()) body["gitIgnore"] = git_ignore;
    const std::string url = repo_api_url(settings_, repo_, "preupload/" + percent_encode(repo_.revision, false));
    const std::string answer = client_.ask(post(url, body.dump(-1, ' ', false, Json::error_handler_t::replace))).body;
    std::map<std::string, UploadMode> modes;
    for (UploadMode& mode : parse_upload_modes(answer, url)) modes[mode.path] = std::move(mode);
    return modes;
  }

  void upload_large(const std::vector<Addition>& additions, const HubProgress& told) {
    std::vector<LfsObject> objects;
    int64_t total = 0;
    for (const Addition& addition : additions) {
      if (!addition.lfs) continue;
      objects.push_back({addition.file.disk, addition.etag, addition.file.size});
      total += addition.file.size;
    }
    TransferProgress progress(told, total);
    upload_lfs_objects(settings_, repo_, std::move(objects), progress);
  }

  // One line of JSON each: the message, then the files.
  std::string commit_lines(const std::vector<Addition>& additions) const {
    const auto line = [](const Json& item) { return item.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; };
    std::string lines = line({{"key", "header"}, {"value", {{"summary", options_.commit_message}, {"description", ""}}}});
    for (const Addition& addition : additions) {
      const PushFile& file = addition.file;
      if (addition.lfs) {
        const Json value = {{"path", file.path}, {"algo", "sha256"}, {"oid", addition.etag}, {"size", file.size}};
        lines += line({{"key", "lfsFile"}, {"value", value}});
      } else {
        const std::string content = base64(read_file(file.disk, kMaxCommitBytes));
        lines += line({{"key", "file"}, {"value", {{"content", content}, {"path", file.path}, {"encoding", "base64"}}}});
      }
      if (lines.size() > kMaxCommitBytes) {
        throw error(ErrorCode::kHub, "{}: the Hub wants more than {} MiB of small files in one commit; push them folder by folder",
                    repo_title(repo_), kMaxCommitBytes >> 20);
      }
    }
    return lines;
  }

  std::string commit(const std::vector<Addition>& additions, const std::string& parent) {
    const std::string url = repo_api_url(settings_, repo_, "commit/" + percent_encode(repo_.revision, false));
    HttpRequest request = post(url, commit_lines(additions), {"Content-Type: application/x-ndjson"});
    request.once = true;
    Backoff backoff(settings_.retries);
    while (true) {
      try {
        return parse_commit_url(client_.ask_once(request).body, url);
      } catch (const Transient& problem) {
        if (!backoff.wait(problem.retry_after_s())) throw;
      }
      // The commit may have been made and its answer lost: a second one would be empty.
      if (const std::string head = client_.commit(false); head != parent && holds(head, additions)) return commit_page(head);
    }
  }

  bool holds(const std::string& head, const std::vector<Addition>& additions) {
    const std::vector<RepoEntry> entries = client_.tree(head);
    return std::all_of(additions.begin(), additions.end(), [&](const Addition& addition) {
      return std::any_of(entries.begin(), entries.end(),
                         [&](const RepoEntry& entry) { return entry.path == addition.file.path && entry.etag() == addition.etag; });
    });
  }

  const HubSettings& settings_;
  const HubRepo& repo_;
  const PushOptions& options_;
  HubClient client_;
};

}  // namespace

std::string push_folder(const HubSettings& settings, const HubRepo& repo, const std::filesystem::path& folder, const PushOptions& options,
                        const HubProgress& progress) {
  check_repo(repo);
  if (is_commit_hash(repo.revision)) {
    throw error(ErrorCode::kUsage, "{}: revision \"{}\": a commit never changes; push to a branch", repo.id, repo.revision);
  }
  if (options.commit_message.empty()) throw error(ErrorCode::kUsage, "{}: a commit needs a message", repo.id);
  std::vector<PushFile> files = files_to_push(folder);
  if (options.leave_out) std::erase_if(files, [&](const PushFile& file) { return options.leave_out(file.path); });
  if (settings.offline) throw error(ErrorCode::kHub, "{}: offline (HF_HUB_OFFLINE): nothing can be pushed", repo_title(repo));
  if (settings.token.empty()) {
    throw error(ErrorCode::kHub, "{}: pushing needs a token: set HF_TOKEN to one with the right to write, from {}/settings/tokens",
                repo_title(repo), settings.endpoint);
  }
  return Push(settings, repo, options).run(std::move(files), progress);
}

}  // namespace crossrank
