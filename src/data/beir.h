// BeirDataset: a retrieval benchmark in BEIR's folder: corpus, queries, and who judged what relevant to what.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace crossrank {

/// A document that was judged for a query; a grade of 0 says that it was found irrelevant.
struct BeirJudgement {
  int32_t document = 0;  // its place in corpus_ids
  int32_t grade = 0;
};

/// Places, not ids, tie the three together. Ids are unique. Immutable once read.
struct BeirDataset {
  std::vector<std::string> corpus_ids, corpus_texts;   // text: "TITLE TEXT", trimmed, as the reference puts them together
  std::vector<std::string> query_ids, query_texts;     // the queries that the split judges, in the order of the queries' file
  std::vector<std::vector<BeirJudgement>> judgements;  // [queries], in the order of the qrels' file
};

/// Reads FOLDER/corpus, FOLDER/queries (.jsonl, .jsonl.gz, .jsonl.zst or .parquet; fields _id, title, text) and FOLDER/qrels/SPLIT.tsv
/// (query-id, corpus-id, score, with a header; or the four columns of TREC; .gz, .zst and .parquet too). Error(kIo) for a file that is
/// absent; Error(kInput) "FILE:LINE: ..." for an id that is given twice or that nothing has, a grade that is no whole number, a pair
/// that is judged twice and differently, and a split that judges nothing.
BeirDataset read_beir(const std::filesystem::path& folder, std::string_view split = "test");

}  // namespace crossrank
