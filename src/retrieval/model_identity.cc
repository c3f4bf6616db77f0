#include "retrieval/model_identity.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "retrieval/digest.h"

namespace crossrank {
namespace {

bool shapes_embeddings(const std::filesystem::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".json" || extension == ".safetensors";
}

// Files of a folder, by name; a folder below it is looked into once.
void list_files(const std::filesystem::path& folder, bool and_below, std::vector<std::filesystem::path>& files) {
  std::error_code problem;
  for (auto entry = std::filesystem::directory_iterator(folder, problem); !problem && entry != std::filesystem::directory_iterator();
       entry.increment(problem)) {
    if (entry->is_directory(problem)) {
      if (and_below) list_files(entry->path(), false, files);
    } else if (shapes_embeddings(entry->path()) && entry->is_regular_file(problem)) {
      files.push_back(entry->path());
    }
  }
  if (problem) throw error(ErrorCode::kIo, "{}: {}", folder.string(), problem.message());
}

}  // namespace

std::string model_digest(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  list_files(folder, true, files);
  std::sort(files.begin(), files.end());
  Digest digest;
  for (const std::filesystem::path& file : files) {
    digest.add(file.lexically_relative(folder).generic_string());
    digest.add_file(file);
  }
  return digest.hex();
}

int kept_dimensions(int asked, int of_model, int width) {
  if (asked < 0) throw error(ErrorCode::kUsage, "truncate-dim: {} is negative; 0 keeps what the model says", asked);
  const int wanted = asked > 0 ? asked : of_model;
  return wanted > 0 ? std::min(wanted, width) : width;
}

void check_room(size_t texts, int dimensions, size_t out) {
  if (out == texts * static_cast<size_t>(dimensions)) return;
  throw error(ErrorCode::kUsage, "room for {} values, but {} texts have {} dimensions each", out, texts, dimensions);
}

}  // namespace crossrank
