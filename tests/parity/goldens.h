// Goldens: the tiny models of tests/goldens/models with the reference's numbers, read for the parity tests.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

namespace crossrank::goldens {

/// What |difference| the parity tests allow: 1e-4 of 1 + |value|. The goldens record the reference's own error, at most 2e-5 of it.
inline double tolerance(double reference) { return 1e-4 * (1.0 + std::abs(reference)); }

/// One pair (or, for a bi-encoder, the text in `document`) and what the reference makes of it.
struct Case {
  std::string query, document;
  int tokens = 0;
  int truncated = 0;
  std::vector<int> ids;       // empty for long ones
  std::vector<int> type_ids;  // empty for long ones, and where the model takes none
  std::vector<float> logits, scores, embedding;
};

struct Golden {
  std::string folder;
  nlohmann::json record;  // cases.json without the cases
  std::vector<Case> cases;

  bool is_bi_encoder() const { return record.contains("embedding_size"); }
};

/// A string, or parts of which some are repeated.
inline std::string expand(const nlohmann::json& text) {
  if (text.is_string()) return text.get<std::string>();
  std::string whole;
  for (const auto& part : text) {
    const std::string piece = part.is_string() ? part.get<std::string>() : part.at("repeat").get<std::string>();
    const int times = part.is_string() ? 1 : part.at("times").get<int>();
    for (int i = 0; i < times; ++i) whole += piece;
  }
  return whole;
}

inline Golden read_golden(const std::string& folder) {
  Golden golden;
  golden.folder = folder;
  golden.record = nlohmann::json::parse(std::ifstream(folder + "/cases.json"));
  const bool embeds = golden.is_bi_encoder();
  for (const auto& fields : golden.record.at(embeds ? "embeddings" : "cases")) {
    Case one;
    if (!embeds) one.query = expand(fields.at("query"));
    one.document = expand(fields.at(embeds ? "text" : "document"));
    one.tokens = fields.at("tokens");
    one.truncated = fields.at("truncated");
    one.ids = fields.value("ids", std::vector<int>());
    one.type_ids = fields.value("type_ids", std::vector<int>());
    one.logits = fields.value("logits", std::vector<float>());
    one.scores = fields.value("scores", std::vector<float>());
    one.embedding = fields.value("embedding", std::vector<float>());
    golden.cases.push_back(std::move(one));
  }
  return golden;
}

/// Folders of cross-encoders, or of bi-encoders; sorted, so that every process lists the same tests.
inline std::vector<std::string> golden_folders(bool bi_encoders) {
  std::vector<std::string> folders;
  for (const auto& entry : std::filesystem::directory_iterator("tests/goldens/models")) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && (name.rfind("bi-", 0) == 0) == bi_encoders) folders.push_back(entry.path().string());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

/// The golden's name in a test's name: letters and digits only.
inline std::string test_name(const std::string& folder) {
  std::string name = std::filesystem::path(folder).filename().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace crossrank::goldens
