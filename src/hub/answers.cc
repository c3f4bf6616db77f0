#include "hub/answers.h"

#include <algorithm>
#include <limits>
#include <map>

#include "base/error.h"
#include "base/json.h"
#include "hub/quote_stranger.h"
#include "hub/repo_names.h"

namespace crossrank {
namespace {

constexpr int64_t kMaxFileBytes = int64_t{1} << 50;
constexpr size_t kMaxEntries = 2'000'000;

Json parse_answer(std::string_view text, const std::string& where) { return parse_json(text, where, ErrorCode::kHub); }

const Json& require_array(const Json& value, const std::string& where) {
  if (!value.is_array()) throw error(ErrorCode::kHub, "{}: a list was expected", where);
  return value;
}

// What the API and the cached listing have in common, checked.
RepoEntry checked_entry(RepoEntry entry, const std::string& where) {
  if (!is_safe_repo_path(entry.path)) {
    throw error(ErrorCode::kHub,
                "{}: the file \"{}\" has a path that could leave its folder; nothing was written; ask the owner to rename it", where,
                quote_stranger(entry.path));
  }
  if (!is_commit_hash(entry.blob_id) && !is_sha256(entry.blob_id)) {
    throw error(ErrorCode::kHub, "{}: {}: \"{}\" is no hash of a blob", where, quote_stranger(entry.path), quote_stranger(entry.blob_id));
  }
  if (!entry.sha256.empty() && !is_sha256(entry.sha256)) {
    throw error(ErrorCode::kHub, "{}: {}: \"{}\" is no SHA-256", where, quote_stranger(entry.path), quote_stranger(entry.sha256));
  }
  return entry;
}

}  // namespace

std::string parse_commit(std::string_view text, const std::string& where) {
  const Json answer = parse_answer(text, where);
  const JsonObject object(answer, where, ErrorCode::kHub);
  std::string sha = object.string("sha");
  if (!is_commit_hash(sha)) throw object.bad_field("sha", "no commit hash");
  return sha;
}

void parse_tree_page(std::string_view text, const std::string& where, std::vector<RepoEntry>& entries) {
  const Json answer = parse_answer(text, where);
  for (const Json& item : require_array(answer, where)) {
    const JsonObject object(item, where, ErrorCode::kHub);
    if (object.string("type") != "file") continue;
    RepoEntry entry;
    entry.path = object.string("path");
    entry.size = object.integer("size", 0, kMaxFileBytes);
    entry.blob_id = object.string("oid");
    if (object.has("lfs")) {
      const JsonObject lfs = object.object("lfs");
      entry.sha256 = lfs.string("oid");
      entry.size = lfs.integer("size", 0, kMaxFileBytes);
    }
    entries.push_back(checked_entry(std::move(entry), where));
    if (entries.size() > kMaxEntries) throw error(ErrorCode::kHub, "{}: more than {} files", where, kMaxEntries);
  }
}

void check_tree(std::vector<RepoEntry>& entries, const std::string& where) {
  std::sort(entries.begin(), entries.end(), [](const RepoEntry& a, const RepoEntry& b) { return a.path < b.path; });
  const auto is_file = [&](std::string_view path) {
    const auto found =
        std::lower_bound(entries.begin(), entries.end(), path, [](const RepoEntry& e, std::string_view p) { return e.path < p; });
    return found != entries.end() && found->path == path;
  };
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string& path = entries[i].path;
    bool clash = i > 0 && entries[i - 1].path == path;
    for (size_t slash = path.find('/'); slash != std::string::npos && !clash; slash = path.find('/', slash + 1)) {
      clash = is_file(std::string_view(path).substr(0, slash));
    }
    if (clash) throw error(ErrorCode::kHub, "{}: {} is listed twice, or below another file", where, path);
  }
}

std::string next_page(std::string_view header) {
  // <URL>; rel="next", <URL>; rel="last" (RFC 8288)
  while (true) {
    const size_t open = header.find('<');
    const size_t close = header.find('>', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) return "";
    const size_t next = header.find(",", close);
    const std::string_view parameters = header.substr(close, next == std::string_view::npos ? next : next - close);
    if (parameters.find("rel=\"next\"") != std::string_view::npos) return std::string(header.substr(open + 1, close - open - 1));
    if (next == std::string_view::npos) return "";
    header.remove_prefix(next);
  }
}

std::optional<std::vector<RepoEntry>> parse_tree_file(std::string_view text, const std::string& where) {
  const Json file = parse_answer(text, where);
  const JsonObject object(file, where, ErrorCode::kHub);
  if (object.integer("format_version", 0, std::numeric_limits<int>::max()) != 1) return {};
  const JsonObject files = object.object("files");
  std::vector<RepoEntry> entries;
  for (const auto& item : files.json().items()) {
    const JsonObject fields(item.value(), where, ErrorCode::kHub);
    RepoEntry entry;
    entry.path = item.key();
    entry.blob_id = fields.string("blob_id");
    entry.sha256 = fields.string("lfs_sha256", "");
    entry.size = fields.integer(entry.sha256.empty() ? "size" : "lfs_size", 0, kMaxFileBytes);
    entries.push_back(checked_entry(std::move(entry), where));
  }
  check_tree(entries, where);
  return entries;
}

std::string write_tree_file(const std::vector<RepoEntry>& entries) {
  // The very bytes of Python's json.dump(.., indent=1), fields in huggingface_hub's order.
  std::string out = "{\n \"format_version\": 1,\n \"files\": {";
  const char* separator = "\n";
  for (const RepoEntry& entry : entries) {
    out += fmt::format("{}  {}: {{\n   \"size\": {},\n   \"blob_id\": \"{}\"", separator, Json(entry.path).dump(-1, ' ', true), entry.size,
                       entry.blob_id);
    if (!entry.sha256.empty()) out += fmt::format(",\n   \"lfs_sha256\": \"{}\",\n   \"lfs_size\": {}", entry.sha256, entry.size);
    out += "\n  }";
    separator = ",\n";
  }
  return out + (entries.empty() ? "}\n}" : "\n }\n}");
}

std::vector<std::string> parse_search(std::string_view text, const std::string& where) {
  const Json answer = parse_answer(text, where);
  std::vector<std::string> names;
  for (const Json& item : require_array(answer, where)) {
    std::string name = JsonObject(item, where, ErrorCode::kHub).string("id");
    if (is_repo_id(name)) names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::string> parse_refs(std::string_view text, const std::string& where) {
  const Json answer = parse_answer(text, where);
  const JsonObject object(answer, where, ErrorCode::kHub);
  std::vector<std::string> names;
  for (const char* kind : {"branches", "tags"}) {
    if (!object.has(kind)) continue;
    for (const Json& item : object.array(kind)) names.push_back(JsonObject(item, where, ErrorCode::kHub).string("name"));
  }
  return names;
}

std::vector<UploadMode> parse_upload_modes(std::string_view text, const std::string& where) {
  const Json answer = parse_answer(text, where);
  std::vector<UploadMode> modes;
  for (const Json& item : JsonObject(answer, where, ErrorCode::kHub).array("files")) {
    const JsonObject object(item, where, ErrorCode::kHub);
    const std::string mode = object.string("uploadMode");
    if (mode != "lfs" && mode != "regular") throw object.bad_field("uploadMode", "neither lfs nor regular");
    modes.push_back({object.string("path"), mode == "lfs", object.boolean("shouldIgnore", false), object.string("oid", "")});
  }
  return modes;
}

namespace {

// The addresses of parts come as fields whose names are their numbers, "00001": URL; the size of a part is a number in a string.
void read_parts(const JsonObject& header, LfsAction& action) {
  constexpr std::string_view kDigits = "0123456789";
  const Json& size = *header.find("chunk_size");
  const std::string digits = size.is_string() ? size.get<std::string>() : size.dump();
  const bool number = !digits.empty() && digits.size() < 16 && digits.find_first_not_of(kDigits) == std::string::npos;
  action.part_bytes = number ? std::stoll(digits) : 0;
  if (action.part_bytes == 0) throw header.bad_field("chunk_size", "no size of a part");
  std::map<int64_t, std::string> parts;
  for (const auto& field : header.json().items()) {
    const std::string& name = field.key();
    if (name.empty() || name.size() > 9 || name.find_first_not_of(kDigits) != std::string::npos) continue;
    parts[std::stoll(name)] = header.string(name);
  }
  for (auto& part : parts) action.part_hrefs.push_back(std::move(part.second));
}

LfsAction read_action(const JsonObject& object) {
  LfsAction action;
  action.oid = object.string("oid");
  if (object.has("error")) {
    throw error(ErrorCode::kHub, "{}: object {}: {}", object.where(), quote_stranger(action.oid),
                quote_stranger(object.object("error").string("message", "refused")));
  }
  if (!object.has("actions")) return action;
  const JsonObject wanted = object.object("actions");
  if (wanted.has("verify")) action.verify_href = wanted.object("verify").string("href");
  if (!wanted.has("upload")) return action;
  const JsonObject upload = wanted.object("upload");
  action.href = upload.string("href");
  if (upload.has("header") && upload.object("header").has("chunk_size")) read_parts(upload.object("header"), action);
  return action;
}

}  // namespace

std::vector<LfsAction> parse_lfs_batch(std::string_view text, const std::string& where) {
  const Json answer = parse_answer(text, where);
  std::vector<LfsAction> actions;
  for (const Json& item : JsonObject(answer, where, ErrorCode::kHub).array("objects")) {
    actions.push_back(read_action(JsonObject(item, where, ErrorCode::kHub)));
  }
  return actions;
}

std::string parse_commit_url(std::string_view text, const std::string& where) {
  const Json answer = parse_answer(text, where);
  return JsonObject(answer, where, ErrorCode::kHub).string("commitUrl");
}

}  // namespace crossrank
