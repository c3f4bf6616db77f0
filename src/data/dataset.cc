#include "data/dataset.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/nearest_name.h"
#include "data/dataset_layout.h"
#include "data/dataset_rows.h"
#include "data/split_spec.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCard = "README.md";
constexpr size_t kMaxCardBytes = size_t{16} << 20;

// All files below a folder as "folder/file", sorted; links that lead nowhere are none.
std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code problem;
  fs::recursive_directory_iterator entry(folder, problem);
  for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) files.push_back(entry->path().lexically_relative(folder).generic_string());
  }
  if (problem) throw error(ErrorCode::kIo, "{}: {}", folder.string(), problem.message());
  std::sort(files.begin(), files.end());
  return files;
}

std::string read_card(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / kCard, ignored) ? read_file(folder / kCard, kMaxCardBytes) : "";
}

std::unique_ptr<DatasetReader> read_files(const std::string& name, const fs::path& folder, std::vector<std::string> files,
                                          const DatasetOptions& options, const SplitSpec& split) {
  for (std::string& file : files) file = (folder / file).string();
  return read_sliced_rows(name, std::move(files), options.format, split);
}

std::unique_ptr<DatasetReader> open_folder(const DatasetOptions& options, const SplitSpec& split) {
  const std::vector<std::string> files = files_below(options.path);
  const auto splits = resolve_layout(files, read_card(options.path), options.config, options.path);
  return read_files(options.path, options.path, find_split(splits, split.split, options.path), options, split);
}

struct HubRows {
  std::unique_ptr<DatasetReader> reader;
  std::string commit;
};

// First the list of files and the card, where there is one, then the files of the split: nothing else is fetched.
HubRows open_hub(const DatasetOptions& options, const SplitSpec& split, const HubProgress& progress) {
  const HubSettings settings = hub_settings_from_environment();
  HubRepo repo{options.path, RepoType::kDataset, options.revision};
  std::vector<std::string> all = list_repo_files(settings, repo);
  std::string card;
  if (std::find(all.begin(), all.end(), kCard) != all.end()) {
    const fs::path with_card = fetch_snapshot(settings, repo, [](std::string_view path) { return path == kCard; });
    repo.revision = with_card.filename().string();  // the commit, so that nothing changes in between
    all = list_repo_files(settings, repo);
    card = read_card(with_card);
  }
  const auto splits = resolve_layout(all, card, options.config, options.path);
  const std::vector<std::string>& wanted = find_split(splits, split.split, options.path);
  const fs::path snapshot = fetch_snapshot(
      settings, repo, [&](std::string_view path) { return std::find(wanted.begin(), wanted.end(), path) != wanted.end(); }, progress);
  return {read_files(options.path, snapshot, wanted, options, split), snapshot.filename().string()};
}

// The one split that a file alone has.
std::unique_ptr<DatasetReader> open_file(const DatasetOptions& options, const SplitSpec& split) {
  if (split.split != "train") {
    throw error(ErrorCode::kUsage, "--split {}: {} is one file, and the split of one file is train", split.text, options.path);
  }
  return read_sliced_rows(options.path, {options.path}, options.format, split);
}

Error bad_cell(const DatasetRow& row, std::string_view name, std::string_view wanted, const Json& value) {
  if (value.is_null()) return error(ErrorCode::kInput, "{}: field {}: is missing", row.where, name);
  return error(ErrorCode::kInput, "{}: field {}: expected {}, found {}", row.where, name, wanted, value.type_name());
}

}  // namespace

std::unique_ptr<DatasetReader> DatasetReader::open(const DatasetOptions& options, const HubProgress& progress) {
  if (options.path.empty()) throw error(ErrorCode::kUsage, "--data: name a file, a folder, a data set of the Hub, or - for standard input");
  const SplitSpec split = parse_split_spec(options.split);
  if (options.path == "-") return open_file(options, split);
  std::error_code ignored;
  const fs::file_status status = fs::status(options.path, ignored);
  if (fs::is_directory(status)) return open_folder(options, split);
  if (fs::exists(status)) return open_file(options, split);
  if (is_repo_id(options.path)) {
    HubRows rows = open_hub(options, split, progress);
    rows.reader->commit_ = std::move(rows.commit);
    return std::move(rows.reader);
  }
  throw error(ErrorCode::kIo, "{}: no such file or folder, and no id of the Hub (org/name)", options.path);
}

size_t find_column(const std::vector<std::string>& columns, std::string_view name, std::string_view where) {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found != columns.end()) return static_cast<size_t>(found - columns.begin());
  if (columns.empty()) throw error(ErrorCode::kInput, "{}: field {}: no such column; there is none at all", where, name);
  const std::vector<std::string_view> names(columns.begin(), columns.end());
  throw error(ErrorCode::kInput, "{}: field {}: no such column; there are: {}; nearest: {}", where, name, fmt::join(names, ", "),
              nearest_name(name, names));
}

const std::string& text_value(const DatasetRow& row, size_t column, std::string_view name) {
  const Json& value = row.values.at(column);
  if (!value.is_string()) throw bad_cell(row, name, "a text", value);
  return value.get_ref<const std::string&>();
}

std::vector<std::string> text_list(const DatasetRow& row, size_t column, std::string_view name) {
  const Json& value = row.values.at(column);
  if (value.is_string()) return {value.get_ref<const std::string&>()};
  if (!value.is_array()) throw bad_cell(row, name, "a list of texts", value);
  std::vector<std::string> texts;
  texts.reserve(value.size());
  for (const Json& text : value) {
    if (!text.is_string()) throw bad_cell(row, fmt::format("{}[{}]", name, texts.size()), "a text", text);
    texts.push_back(text.get_ref<const std::string&>());
  }
  return texts;
}

double number_value(const DatasetRow& row, size_t column, std::string_view name) {
  const Json& value = row.values.at(column);
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  double number = 0;
  if (value.is_number()) {
    number = value.get<double>();
  } else if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size()) {
      throw error(ErrorCode::kInput, "{}: field {}: \"{}\" is no number", row.where, name, text.substr(0, 40));
    }
  } else {
    throw bad_cell(row, name, "a number", value);
  }
  if (!std::isfinite(number)) throw error(ErrorCode::kInput, "{}: field {}: {} is no finite number", row.where, name, number);
  return number;
}

}  // namespace crossrank
