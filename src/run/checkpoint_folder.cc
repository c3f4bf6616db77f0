#include "run/checkpoint_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <limits>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mapped_file.h"
#include "hub/content_hash.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "checkpoint-";
constexpr const char* kManifest = "crossrank_manifest.json";
constexpr std::string_view kWriting = ".writing", kRemoving = ".removing";
constexpr size_t kMaxManifestBytes = 1 << 20;

[[nodiscard]] Error system_error(const fs::path& path, int number) {
  return error(ErrorCode::kIo, "{}: {}", path.string(), std::strerror(number));
}

void check(const std::error_code& problem, const fs::path& path) {
  if (problem) throw error(ErrorCode::kIo, "{}: {}", path.string(), problem.message());
}

fs::path hidden_name(const fs::path& place, std::string_view ending) {
  return place.parent_path() / fmt::format(".{}{}", place.filename().string(), ending);
}

// Onto the disk: a file's bytes, or a folder's names.
void sync(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw system_error(path, errno);
  const int failed = ::fsync(descriptor) != 0 ? errno : 0;
  ::close(descriptor);
  // A file system that cannot sync a folder says EINVAL.
  if (failed != 0 && failed != EINVAL) throw system_error(path, failed);
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::error_code problem;
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator entry(folder, problem), end; !problem && entry != end; entry.increment(problem)) {
    if (entry->is_regular_file()) files.push_back(entry->path());
  }
  check(problem, folder);
  std::sort(files.begin(), files.end());
  return files;
}

void sync_folders_below(const fs::path& folder) {
  std::error_code problem;
  for (fs::recursive_directory_iterator entry(folder, problem), end; !problem && entry != end; entry.increment(problem)) {
    if (entry->is_directory()) sync(entry->path());
  }
  check(problem, folder);
  sync(folder);
}

// A folder without its name can be half removed and nobody takes it for a checkpoint.
void remove_checkpoint(const fs::path& folder) {
  const fs::path hidden = hidden_name(folder, kRemoving);
  std::error_code problem;
  fs::remove_all(hidden, problem);
  fs::rename(folder, hidden, problem);
  check(problem, folder);
  fs::remove_all(hidden, problem);
  check(problem, hidden);
}

std::optional<int64_t> step_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (!name.starts_with(kPrefix)) return std::nullopt;
  int64_t step = 0;
  const auto [end, problem] = std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), step);
  if (problem != std::errc() || end != name.data() + name.size() || step < 0) return std::nullopt;
  return step;
}

fs::path without_slash(const fs::path& folder) { return folder.has_filename() ? folder : folder.parent_path(); }

}  // namespace

NewCheckpoint::NewCheckpoint(const fs::path& output_dir, int64_t step)
    : place_(output_dir / fmt::format("{}{}", kPrefix, step)), step_(step) {
  hidden_ = hidden_name(place_, kWriting);
  std::error_code problem;
  fs::remove_all(hidden_, problem);
  fs::create_directories(hidden_, problem);
  check(problem, hidden_);
}

NewCheckpoint::~NewCheckpoint() {
  std::error_code ignored;
  if (!hidden_.empty()) fs::remove_all(hidden_, ignored);
}

Checkpoint NewCheckpoint::commit() {
  Json files = Json::object();
  for (const fs::path& file : files_below(hidden_)) {
    sync(file);
    files[file.lexically_relative(hidden_).generic_string()] = {{"size", fs::file_size(file)}, {"sha256", sha256_of_file(file)}};
  }
  write_file(hidden_ / kManifest, Json{{"step", step_}, {"files", files}}.dump(2) + "\n");
  sync_folders_below(hidden_);

  // Both names change places at once; where there was no checkpoint of this step, or the file system cannot do that, one after the other.
  const bool exchanged = ::renameat2(AT_FDCWD, hidden_.c_str(), AT_FDCWD, place_.c_str(), RENAME_EXCHANGE) == 0;
  std::error_code problem;
  if (!exchanged) {
    if (fs::exists(place_, problem)) remove_checkpoint(place_);
    fs::rename(hidden_, place_, problem);
    check(problem, place_);
  }
  sync(place_.parent_path());
  if (exchanged) fs::remove_all(hidden_, problem);
  hidden_.clear();
  return {place_, step_};
}

std::vector<Checkpoint> checkpoints_of(const fs::path& output_dir) {
  std::vector<Checkpoint> found;
  std::error_code problem;
  for (fs::directory_iterator entry(output_dir, problem), end; !problem && entry != end; entry.increment(problem)) {
    std::error_code ignored;
    const auto step = step_of(entry->path());
    if (step && entry->is_directory(ignored)) found.push_back({entry->path(), *step});
  }
  if (problem != std::errc::no_such_file_or_directory) check(problem, output_dir);
  std::sort(found.begin(), found.end(), [](const Checkpoint& a, const Checkpoint& b) { return a.step < b.step; });
  return found;
}

std::optional<std::string> damage_of(const fs::path& checkpoint) try {
  const fs::path manifest = checkpoint / kManifest;
  std::error_code problem;
  if (!fs::exists(manifest, problem)) return fmt::format("has no {}: it was not written to its end, or not by crossrank", kManifest);
  const Json json = parse_json(read_file(manifest, kMaxManifestBytes), kManifest, ErrorCode::kInput);
  const JsonObject files = JsonObject(json, kManifest, ErrorCode::kInput).object("files");
  for (const auto& [name, unused] : files.json().items()) {
    const JsonObject expected = files.object(name);
    const auto size = fs::file_size(checkpoint / name, problem);
    if (problem) return fmt::format("lacks {}", name);
    const auto expected_size = static_cast<uintmax_t>(expected.integer("size", 0, std::numeric_limits<int64_t>::max()));
    if (size != expected_size) return fmt::format("{} has {} bytes instead of {}", name, size, expected_size);
    if (sha256_of_file(checkpoint / name) != expected.string("sha256")) return fmt::format("{} has other bytes than were written", name);
  }
  return std::nullopt;
} catch (const Error& problem) {
  return problem.what();
}

void rotate_checkpoints(const fs::path& output_dir, int64_t save_total_limit, std::span<const fs::path> kept) {
  const std::vector<Checkpoint> all = checkpoints_of(output_dir);
  if (save_total_limit <= 0 || all.empty()) return;
  const auto is_kept = [&](const Checkpoint& checkpoint) {
    const auto is_same = [&](const fs::path& folder) {
      std::error_code ignored;
      return fs::equivalent(checkpoint.folder, folder, ignored);
    };
    return checkpoint.step == all.back().step || std::any_of(kept.begin(), kept.end(), is_same);
  };
  const auto staying = std::count_if(all.begin(), all.end(), is_kept);
  auto surplus = static_cast<int64_t>(all.size()) - std::max<int64_t>(save_total_limit, staying);
  for (const Checkpoint& checkpoint : all) {
    if (surplus <= 0) return;
    if (is_kept(checkpoint)) continue;
    remove_checkpoint(checkpoint.folder);
    --surplus;
  }
}

void remove_unfinished_checkpoints(const fs::path& output_dir) {
  std::error_code problem;
  std::vector<fs::path> left;
  for (fs::directory_iterator entry(output_dir, problem), end; !problem && entry != end; entry.increment(problem)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(fmt::format(".{}", kPrefix)) && (name.ends_with(kWriting) || name.ends_with(kRemoving)))
      left.push_back(entry->path());
  }
  for (const fs::path& folder : left) {
    fs::remove_all(folder, problem);
    check(problem, folder);
  }
}

std::optional<Checkpoint> last_good_checkpoint(const fs::path& output_dir, const Notice& notice) {
  std::vector<Checkpoint> all = checkpoints_of(output_dir);
  for (; !all.empty(); all.pop_back()) {
    const auto damage = damage_of(all.back().folder);
    if (!damage) return all.back();
    if (notice) notice(fmt::format("{} is passed over: {}", all.back().folder.string(), *damage));
  }
  return std::nullopt;
}

std::optional<Checkpoint> checkpoint_to_resume(const fs::path& output_dir, const std::string& resume_from_checkpoint,
                                               const Notice& notice) {
  if (resume_from_checkpoint.empty() || resume_from_checkpoint == "false") return std::nullopt;
  if (resume_from_checkpoint != "true") {
    const fs::path folder = without_slash(resume_from_checkpoint);
    const auto step = step_of(folder);
    std::error_code ignored;
    if (!step || !fs::is_directory(folder, ignored)) {
      throw error(ErrorCode::kUsage,
                  "resume_from_checkpoint: {} is no folder \"checkpoint-N\"; give one, or true for the last good one of {}",
                  folder.string(), output_dir.string());
    }
    if (const auto damage = damage_of(folder)) {
      throw error(ErrorCode::kInput, "resume_from_checkpoint: {}: {}; true takes the last good one", folder.string(), *damage);
    }
    return Checkpoint{folder, *step};
  }
  auto good = last_good_checkpoint(output_dir, notice);
  if (good) return good;
  if (!checkpoints_of(output_dir).empty()) {
    throw error(ErrorCode::kInput, "resume_from_checkpoint: every checkpoint in {} is damaged; remove them to begin anew",
                output_dir.string());
  }
  if (notice) notice(fmt::format("{} has no checkpoint yet: the run begins at the first step", output_dir.string()));
  return std::nullopt;
}

}  // namespace crossrank
