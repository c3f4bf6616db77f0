#include "data/beir.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "base/error.h"
#include "base/utf8.h"
#include "data/dataset.h"
#include "data/line_reader.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTableEndings[] = {".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet"};
constexpr std::string_view kQrelsEndings[] = {".tsv", ".tsv.gz", ".tsv.zst", ".parquet"};

using Places = std::unordered_map<std::string, int32_t>;

// Texts by their ids, in the order of the file.
struct Table {
  std::vector<std::string> ids, texts;
  Places places;
};

// A line of the qrels.
struct Judged {
  std::string where, query, document;
  int32_t grade = 0;
};

fs::path file_of(const fs::path& stem, std::span<const std::string_view> endings, std::string_view what) {
  for (const std::string_view ending : endings) {
    fs::path path = stem;
    path += ending;
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored)) return path;
  }
  throw error(ErrorCode::kIo, "{}{}: no such file; {}", stem.string(), endings.front(), what);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n\v\f";
  const size_t begin = std::min(text.find_first_not_of(kSpaces), text.size());
  return text.substr(begin, text.find_last_not_of(kSpaces) + 1 - begin);
}

// Ids are texts; some files write those that are numbers as numbers.
std::string id_value(const DatasetRow& row, size_t column, std::string_view name) {
  const Json& value = row.values.at(column);
  return value.is_number_integer() ? value.dump() : text_value(row, column, name);
}

Table read_table(const fs::path& path) {
  const auto rows = DatasetReader::open({.path = path.string()});
  const std::vector<std::string>& columns = rows->columns();
  const size_t id = find_column(columns, "_id", rows->name()), text = find_column(columns, "text", rows->name());
  const auto title = std::find(columns.begin(), columns.end(), "title");
  Table table;
  DatasetRow row;
  while (rows->next(row)) {
    std::string whole;
    if (title != columns.end()) {
      const auto place = static_cast<size_t>(title - columns.begin());
      if (!row.values[place].is_null()) whole = text_value(row, place, "title") + " ";
    }
    whole += text_value(row, text, "text");
    const auto place = static_cast<int32_t>(table.ids.size());
    const auto [known, is_new] = table.places.emplace(id_value(row, id, "_id"), place);
    if (!is_new) throw error(ErrorCode::kInput, "{}: field _id: {} is the id of an earlier one too", row.where, known->first);
    table.ids.push_back(known->first);
    table.texts.emplace_back(trimmed(whole));
  }
  return table;
}

// Fields between tabs, or between spaces where the line has no tab.
std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  const bool tabs = line.find('\t') != std::string_view::npos;
  while (!line.empty()) {
    const size_t end = std::min(line.find(tabs ? '\t' : ' '), line.size());
    const std::string_view field = trimmed(line.substr(0, end));
    if (tabs || !field.empty()) fields.push_back(field);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return fields;
}

std::optional<int32_t> grade_of(std::string_view text) {
  int32_t grade = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), grade);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return grade;
}

template <typename Take>
void read_qrels_lines(const fs::path& path, Take&& take) {
  LineReader lines(path.string());
  while (lines.next()) {
    const std::string line = replace_invalid_utf8(lines.line());
    const auto fields = fields_of(line);
    if (fields.empty()) continue;
    if (fields.size() != 3 && fields.size() != 4) {
      throw error(ErrorCode::kInput, "{}: {} fields, where query-id, corpus-id and score are expected, or TREC's four", lines.where(),
                  fields.size());
    }
    const std::optional<int32_t> grade = grade_of(fields.back());
    if (!grade && lines.number() == 1) continue;  // the header
    if (!grade) throw error(ErrorCode::kInput, "{}: field score: \"{}\" is no whole number", lines.where(), fields.back().substr(0, 40));
    take(Judged{lines.where(), std::string(fields[0]), std::string(fields[fields.size() - 2]), *grade});
  }
}

template <typename Take>
void read_qrels_rows(const fs::path& path, Take&& take) {
  const auto rows = DatasetReader::open({.path = path.string()});
  const size_t query = find_column(rows->columns(), "query-id", rows->name());
  const size_t document = find_column(rows->columns(), "corpus-id", rows->name());
  const size_t score = find_column(rows->columns(), "score", rows->name());
  DatasetRow row;
  while (rows->next(row)) {
    const std::optional<int32_t> grade = grade_of(row.values[score].dump());
    if (!grade) throw error(ErrorCode::kInput, "{}: field score: {} is no whole number", row.where, row.values[score].dump().substr(0, 40));
    take(Judged{row.where, id_value(row, query, "query-id"), id_value(row, document, "corpus-id"), *grade});
  }
}

int32_t place_of(const Places& places, const std::string& id, const std::string& where, std::string_view field, const fs::path& file) {
  const auto found = places.find(id);
  if (found == places.end()) throw error(ErrorCode::kInput, "{}: field {}: {} is no id in {}", where, field, id, file.filename().string());
  return found->second;
}

}  // namespace

BeirDataset read_beir(const fs::path& folder, std::string_view split) {
  const fs::path corpus_file = file_of(folder / "corpus", kTableEndings, "a BEIR folder holds corpus, queries and qrels/SPLIT");
  const fs::path queries_file = file_of(folder / "queries", kTableEndings, "a BEIR folder holds corpus, queries and qrels/SPLIT");
  const fs::path qrels_file = file_of(folder / "qrels" / split, kQrelsEndings, "choose a split that is there");
  Table corpus = read_table(corpus_file), queries = read_table(queries_file);

  std::vector<std::vector<BeirJudgement>> judgements(queries.ids.size());
  std::vector<std::unordered_map<int32_t, int32_t>> grades(queries.ids.size());
  const auto take = [&](const Judged& judged) {
    const auto query = static_cast<size_t>(place_of(queries.places, judged.query, judged.where, "query-id", queries_file));
    const int32_t document = place_of(corpus.places, judged.document, judged.where, "corpus-id", corpus_file);
    const auto [known, is_new] = grades[query].emplace(document, judged.grade);
    if (is_new) {
      judgements[query].push_back({document, judged.grade});
    } else if (known->second != judged.grade) {
      throw error(ErrorCode::kInput, "{}: {} was judged for {} before, with grade {}", judged.where, judged.document, judged.query,
                  known->second);
    }
  };
  if (qrels_file.extension() == ".parquet") {
    read_qrels_rows(qrels_file, take);
  } else {
    read_qrels_lines(qrels_file, take);
  }

  BeirDataset dataset;
  dataset.corpus_ids = std::move(corpus.ids);
  dataset.corpus_texts = std::move(corpus.texts);
  for (size_t i = 0; i < judgements.size(); ++i) {
    if (judgements[i].empty()) continue;
    dataset.query_ids.push_back(std::move(queries.ids[i]));
    dataset.query_texts.push_back(std::move(queries.texts[i]));
    dataset.judgements.push_back(std::move(judgements[i]));
  }
  if (dataset.query_ids.empty()) throw error(ErrorCode::kInput, "{}: nothing is judged in it", qrels_file.string());
  return dataset;
}

}  // namespace crossrank
