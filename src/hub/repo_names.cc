#include "hub/repo_names.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/utf8.h"

namespace crossrank {
namespace {

constexpr size_t kMaxRepoId = 96;
constexpr size_t kMaxPath = 2048;
constexpr size_t kMaxPart = 240;  // the file system's 255, less what a temporary name adds

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_hex(std::string_view text, size_t digits) {
  return text.size() == digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// One part of "org/name": letters, digits, "-", "_", "."; neither "-" nor "." at an end.
bool is_id_part(std::string_view part) {
  if (part.empty() || part.front() == '-' || part.front() == '.' || part.back() == '-' || part.back() == '.') return false;
  return std::all_of(part.begin(), part.end(), [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

// Calls `accept` with each part between slashes, empty ones too, until one is not accepted.
template <typename Accept>
bool all_parts(std::string_view path, Accept&& accept) {
  while (true) {
    const size_t slash = path.find('/');
    if (!accept(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool is_safe_part(std::string_view part) {
  const bool drive = part.size() >= 2 && part[1] == ':' && is_alphanumeric(part[0]);
  return !part.empty() && part != "." && part != ".." && part.size() <= kMaxPart && !drive;
}

bool is_model_file_name(std::string_view name) {
  constexpr std::array kNames = {std::string_view("config.json"),
                                 std::string_view("config_sentence_transformers.json"),
                                 std::string_view("sentence_bert_config.json"),
                                 std::string_view("modules.json"),
                                 std::string_view("router_config.json"),
                                 std::string_view("tokenizer.json"),
                                 std::string_view("tokenizer_config.json"),
                                 std::string_view("special_tokens_map.json"),
                                 std::string_view("added_tokens.json")};
  if (std::find(kNames.begin(), kNames.end(), name) != kNames.end()) return true;
  return name.ends_with(".safetensors") || name.ends_with(".safetensors.index.json");
}

}  // namespace

bool is_repo_id(std::string_view name) {
  if (name.empty() || name.size() > kMaxRepoId || std::count(name.begin(), name.end(), '/') > 1) return false;
  if (name.find("--") != std::string_view::npos || name.find("..") != std::string_view::npos || name.ends_with(".git")) return false;
  return all_parts(name, is_id_part);
}

bool is_model_file(std::string_view path) {
  const size_t slash = path.rfind('/');
  const std::string_view name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  if (!is_model_file_name(name)) return false;
  if (slash == std::string_view::npos) return true;
  // Folders of the same model for other runtimes, and of states of its training, are no modules.
  return all_parts(path.substr(0, slash), [](std::string_view part) {
    return part != "onnx" && part != "openvino" && !part.starts_with(".") && !part.starts_with("checkpoint-") && part != "runs";
  });
}

bool is_commit_hash(std::string_view text) { return is_hex(text, 40); }
bool is_sha256(std::string_view text) { return is_hex(text, 64); }

bool is_revision(std::string_view text) {
  if (text.empty() || text.size() > kMaxPart || text.front() == '-' || has_control_character(text) || !is_valid_utf8(text)) return false;
  if (text.find_first_of(" ~^:?*[\\") != std::string_view::npos || text.find("..") != std::string_view::npos) return false;
  return all_parts(text, [](std::string_view part) { return !part.empty() && !part.starts_with('.') && !part.ends_with(".lock"); });
}

bool is_safe_repo_path(std::string_view path) {
  if (path.size() > kMaxPath || path.find('\\') != std::string_view::npos || has_control_character(path) || !is_valid_utf8(path))
    return false;
  return all_parts(path, is_safe_part);
}

std::string cache_folder_name(const HubRepo& repo) {
  std::string name = repo.type == RepoType::kModel ? "models--" : "datasets--";
  for (const char c : repo.id) {
    if (c == '/') name += "--";
    else name += c;
  }
  return name;
}

std::string repo_title(const HubRepo& repo) { return (repo.type == RepoType::kModel ? "model " : "data set ") + repo.id; }

void check_repo(const HubRepo& repo) {
  if (!is_repo_id(repo.id)) {
    throw error(ErrorCode::kUsage, "\"{}\": not a repository's id, which is \"org/name\" of letters, digits, \"-\", \"_\" and \".\"",
                repo.id);
  }
  if (!is_revision(repo.revision)) {
    throw error(ErrorCode::kUsage, "{}: revision \"{}\": not the name of a branch, tag or commit", repo.id, repo.revision);
  }
}

}  // namespace crossrank
