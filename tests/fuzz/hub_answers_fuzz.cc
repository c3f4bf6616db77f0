// Any bytes as an answer of the Hub: one Error, or values whose names are safe to use as files. The first byte chooses the question.
#include <string>
#include <string_view>

#include "crossrank/error.h"
#include "fuzz/memory_file.h"
#include "hub/answers.h"
#include "hub/repo_names.h"

namespace {

using namespace crossrank;

void check_entries(const std::vector<RepoEntry>& entries) {
  for (const RepoEntry& entry : entries) {
    require(is_safe_repo_path(entry.path) && entry.size >= 0);
    require(is_sha256(entry.etag()) || is_commit_hash(entry.etag()));
  }
}

void read_tree_page(std::string_view text) {
  std::vector<RepoEntry> entries;
  parse_tree_page(text, "URL", entries);
  check_entries(entries);
  check_tree(entries, "URL");
  const auto again = parse_tree_file(write_tree_file(entries), "FILE");
  require(again && again->size() == entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    require((*again)[i].path == entries[i].path && (*again)[i].etag() == entries[i].etag() && (*again)[i].size == entries[i].size);
  }
}

void read_lfs_batch(std::string_view text) {
  for (const LfsAction& action : parse_lfs_batch(text, "URL")) require(action.part_bytes >= 0 && action.part_hrefs.size() <= text.size());
}

void read_answer(uint8_t question, std::string_view text) {
  switch (question) {
    case 'c':
      return require(is_commit_hash(parse_commit(text, "URL")));
    case 't':
      return read_tree_page(text);
    case 'f':
      if (const auto entries = parse_tree_file(text, "FILE")) check_entries(*entries);
      return;
    case 's':
      for (const std::string& name : parse_search(text, "URL")) require(is_repo_id(name));
      return;
    case 'r':
      (void)parse_refs(text, "URL");
      return;
    case 'm':
      (void)parse_upload_modes(text, "URL");
      return;
    case 'l':
      return read_lfs_batch(text);
    case 'u':
      (void)parse_commit_url(text, "URL");
      return;
    default:
      require(next_page(text).size() <= text.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  try {
    read_answer(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  } catch (const Error&) {
  }
  return 0;
}
