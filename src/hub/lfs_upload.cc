#include "hub/lfs_upload.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "hub/answers.h"
#include "hub/client.h"
#include "hub/jobs.h"
#include "hub/quote_stranger.h"
#include "hub/repo_names.h"
#include "hub/url.h"

namespace crossrank {
namespace {

constexpr size_t kBatchObjects = 256;  // of huggingface_hub, too
const std::vector<std::string> kLfsHeaders = {"Accept: application/vnd.git-lfs+json", "Content-Type: application/vnd.git-lfs+json"};

HttpRequest post_lfs(std::string url, const Json& body) { return post(std::move(url), body.dump(), kLfsHeaders); }

class LfsUpload {
 public:
  LfsUpload(const HubSettings& settings, const HubRepo& repo, TransferProgress& progress)
      : settings_(settings), repo_(repo), progress_(progress) {}

  void run(const std::vector<LfsObject>& objects) {
    std::vector<Task> whole, in_parts;
    for (Task& task : ask_for_places(objects)) {
      if (task.action.href.empty()) progress_.add(task.object->size);
      else (task.action.part_bytes == 0 ? whole : in_parts).push_back(std::move(task));
    }
    // Small objects side by side, then large ones one by one, each in parts side by side.
    run_jobs(whole.size(), settings_.connections, stop_, [&](size_t job) {
      HubClient client(settings_, repo_);
      const Task& task = whole[job];
      send(client, task.action.href, {task.object->disk, 0, task.object->size});
      verify(client, task);
    });
    for (const Task& task : in_parts) send_in_parts(task);
  }

 private:
  struct Task {
    const LfsObject* object;
    LfsAction action;
  };

  std::vector<Task> ask_for_places(const std::vector<LfsObject>& objects) {
    Json wanted = Json::array();
    for (const LfsObject& object : objects) wanted.push_back({{"oid", object.sha256}, {"size", object.size}});
    HubClient client(settings_, repo_);
    const std::string url = repo_page_url(settings_, repo_) + ".git/info/lfs/objects/batch";
    const Json body = {{"operation", "upload"},
                       {"transfers", {"basic", "multipart"}},
                       {"objects", std::move(wanted)},
                       {"hash_algo", "sha256"},
                       {"ref", {{"name", repo_.revision}}}};
    std::vector<Task> tasks;
    for (LfsAction& action : parse_lfs_batch(client.ask(post_lfs(url, body)).body, url)) {
      const auto object =
          std::find_if(objects.begin(), objects.end(), [&](const LfsObject& candidate) { return candidate.sha256 == action.oid; });
      if (object == objects.end())
        throw error(ErrorCode::kHub, "{}: speaks of an object {} that nobody offered", url, quote_stranger(action.oid));
      tasks.push_back({&*object, std::move(action)});
    }
    if (tasks.size() != objects.size()) {
      throw error(ErrorCode::kHub, "{}: {} objects were offered and {} answered", url, objects.size(), tasks.size());
    }
    return tasks;
  }

  // One PUT, again while that helps; the answer.
  HttpResponse send(HubClient& client, const std::string& href, FileSlice slice) {
    int64_t counted = 0;
    slice.sent = [&](int64_t bytes) {
      if (stop_) throw Stopped();
      counted += bytes;
      progress_.add(bytes);
    };
    HttpRequest request;
    request.method = "PUT";
    request.url = checked_href(href);
    request.upload = std::move(slice);
    return client.ask(request, [&] { progress_.add(-std::exchange(counted, 0)); });
  }

  void send_in_parts(const Task& task) {
    const int64_t size = task.object->size, part_bytes = task.action.part_bytes;
    const auto parts = static_cast<size_t>((size + part_bytes - 1) / part_bytes);
    if (task.action.part_hrefs.size() != parts) {
      throw error(ErrorCode::kHub, "{}: {}: {} addresses for {} parts came; try again", repo_title(repo_), task.object->disk.string(),
                  task.action.part_hrefs.size(), parts);
    }
    std::vector<std::string> etags(parts);
    run_jobs(parts, settings_.connections, stop_, [&](size_t part) {
      HubClient client(settings_, repo_);
      const int64_t offset = static_cast<int64_t>(part) * part_bytes;
      const FileSlice slice{task.object->disk, offset, std::min(part_bytes, size - offset)};
      etags[part] = send(client, task.action.part_hrefs[part], slice).header("etag");
      if (etags[part].empty()) {
        throw error(ErrorCode::kHub, "{}: {}: part {} came back without its etag", repo_title(repo_), task.object->disk.string(), part + 1);
      }
    });
    Json list = Json::array();
    for (size_t part = 0; part < parts; ++part) list.push_back({{"partNumber", part + 1}, {"etag", etags[part]}});
    HubClient client(settings_, repo_);
    client.ask(post_lfs(checked_href(task.action.href), {{"oid", task.object->sha256}, {"parts", std::move(list)}}));
    verify(client, task);
  }

  void verify(HubClient& client, const Task& task) {
    if (task.action.verify_href.empty()) return;
    const Json body = {{"oid", task.object->sha256}, {"size", task.object->size}};
    client.ask(post_lfs(checked_href(task.action.verify_href), body));
  }

  // No secret goes over an open line because a Hub that is spoken to in TLS says so.
  std::string checked_href(const std::string& href) const {
    const bool encrypted = href.starts_with("https://") || !settings_.endpoint.starts_with("https://");
    if (!url_origin(href).empty() && encrypted) return href;
    throw error(ErrorCode::kHub, "{}: the Hub wants a file sent to \"{}\", which is no {} address; refused", repo_title(repo_),
                quote_stranger(href.substr(0, href.find('?'))), encrypted ? "web" : "https");
  }

  const HubSettings& settings_;
  const HubRepo& repo_;
  TransferProgress& progress_;
  std::atomic<bool> stop_ = false;
};

}  // namespace

void upload_lfs_objects(const HubSettings& settings, const HubRepo& repo, std::vector<LfsObject> objects, TransferProgress& progress) {
  // A content that several files have is one object.
  std::sort(objects.begin(), objects.end(), [](const LfsObject& a, const LfsObject& b) { return a.sha256 < b.sha256; });
  const auto same = [](const LfsObject& a, const LfsObject& b) { return a.sha256 == b.sha256; };
  for (auto i = objects.begin(); i != objects.end(); ++i) {
    if (i != objects.begin() && same(*i, *(i - 1))) progress.add(i->size);
  }
  objects.erase(std::unique(objects.begin(), objects.end(), same), objects.end());
  for (size_t first = 0; first < objects.size(); first += kBatchObjects) {
    const size_t last = std::min(objects.size(), first + kBatchObjects);
    LfsUpload(settings, repo, progress).run({objects.begin() + static_cast<int64_t>(first), objects.begin() + static_cast<int64_t>(last)});
  }
}

}  // namespace crossrank
