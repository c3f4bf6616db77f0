// The Hub: repositories of models and data sets by id and revision, in the cache that Python's huggingface_hub shares.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

enum class RepoType { kModel, kDataset };

/// A repository at a revision: branch, tag or commit.
struct HubRepo {
  std::string id;  // "org/name", or "name" of the first repositories
  RepoType type = RepoType::kModel;
  std::string revision = "main";
};

/// How often and how long to wait when the Hub is busy or a connection breaks.
struct HubRetries {
  int attempts = 5;           // after the first, without progress
  int first_wait_ms = 1'000;  // doubles with each attempt, and is shortened at random, so that clients spread
  int max_wait_ms = 8'000;
  int max_retry_after_s = 120;  // a Retry-After above this ends the call at once, with an error that says when to come back
};

/// What a user should know though the call succeeds: "the Hub cannot be reached; using the cached commit ...". May come from any thread.
using HubNotice = std::function<void(const std::string& message)>;

/// Where the Hub is, what it is told, and where its files are kept.
struct HubSettings {
  std::string endpoint = "https://huggingface.co";
  std::filesystem::path cache;  // the folder with models--org--name
  std::string token;            // empty: none is sent; sent to the endpoint alone, never to where it redirects
  bool offline = false;         // answer from the cache alone

  std::string ca_file = {};  // PEM certificates to trust; empty: the system's
  int connect_timeout_s = 10;
  int stall_timeout_s = 10;                // no byte for so long is a broken connection
  int connections = 8;                     // downloads at once
  int64_t part_bytes = int64_t{32} << 20;  // larger files come in parts of this size, side by side
  HubRetries retries = {};
  HubNotice notice = {};
};

/// What HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_OFFLINE, HF_HUB_DOWNLOAD_TIMEOUT, XDG_CACHE_HOME, the token
/// file and others say, with huggingface_hub's meanings; docs/hub.md lists them. The only place that reads them. Error(kUsage) names
/// the variable that makes no sense. Proxies (http_proxy, https_proxy, no_proxy) are libcurl's own reading.
HubSettings hub_settings_from_environment();

/// Whether a name can be a repository's id: one or two parts of letters, digits, "-", "_", ".", by the Hub's rules.
bool is_repo_id(std::string_view name);

/// Bytes done so far, of how many. Called from one thread at a time.
using HubProgress = std::function<void(int64_t done, int64_t total)>;
using HubFileFilter = std::function<bool(std::string_view path)>;

/// The snapshot folder of the repository with every file that `wanted` accepts in it: from the cache where it is whole, else fetched
/// (resumed where it was cut, verified). Error(kHub) says what the Hub said and what to do; nothing half-written is left in the snapshot.
std::filesystem::path fetch_snapshot(const HubSettings& settings, const HubRepo& repo, const HubFileFilter& wanted,
                                     const HubProgress& progress = {});

/// Every file of the repository at its revision, "folder/file", sorted; offline, those of the cached snapshot.
std::vector<std::string> list_repo_files(const HubSettings& settings, const HubRepo& repo);

/// The files of a repository that loading a model needs: configurations, tokenizer, safetensors, modules.
bool is_model_file(std::string_view path);

/// Uploads a folder as one commit; the commit's URL.
struct PushOptions {
  std::string commit_message = "Upload with crossrank";
  bool private_repo = false;
  bool create = true;                                         // make the repository where it does not exist
  std::function<bool(std::string_view path)> leave_out = {};  // files that stay here; empty: none
};
std::string push_folder(const HubSettings& settings, const HubRepo& repo, const std::filesystem::path& folder,
                        const PushOptions& options = {}, const HubProgress& progress = {});

}  // namespace crossrank
