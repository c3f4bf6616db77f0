#include "data/beir.h"

#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "data/parquet_reader.h"
#include "data/row_writer.h"
#include "data/test_file.h"
#include "data/test_packing.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

class Beir : public ::testing::Test {
 protected:
  Beir() {
    fs::create_directory(folder_ / "qrels");
    put("corpus.jsonl",
        "{\"_id\": \"d1\", \"title\": \"K2\", \"text\": \"8,611 metres.\"}\n{\"_id\": \"d2\", \"title\": \"\", \"text\": \"Bread. \"}\n"
        "{\"_id\": \"d3\", \"text\": \"Stone.\"}\n");
    put("queries.jsonl",
        "{\"_id\": \"q1\", \"text\": \"how tall?\"}\n{\"_id\": \"q2\", \"text\": \"unjudged\"}\n{\"_id\": \"q3\", \"text\": \"what?\"}\n");
    put("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq3\td3\t0\nq1\td2\t0\nq1\td1\t2\n");
  }
  void put(const std::string& name, const std::string& contents) const { std::ofstream(folder_ / name, std::ios::binary) << contents; }
  std::string error_with(const std::string& name, const std::string& contents) const {
    put(name, contents);
    return error_of([&] { read_beir(folder_); });
  }
  // "QUERY DOCUMENT GRADE " for each judgement.
  static std::string judgements(const BeirDataset& dataset) {
    std::string text;
    for (size_t i = 0; i < dataset.query_ids.size(); ++i) {
      for (const BeirJudgement& judgement : dataset.judgements[i]) {
        text += dataset.query_ids[i] + " " + dataset.corpus_ids[static_cast<size_t>(judgement.document)] + " " +
                std::to_string(judgement.grade) + "; ";
      }
    }
    return text;
  }
  const TestFolder own_;
  const fs::path folder_ = own_.path();
};

TEST_F(Beir, titles_stand_before_texts_and_unjudged_queries_are_left_out) {
  const BeirDataset dataset = read_beir(folder_);
  EXPECT_EQ(dataset.corpus_ids, (Texts{"d1", "d2", "d3"}));
  EXPECT_EQ(dataset.corpus_texts, (Texts{"K2 8,611 metres.", "Bread.", "Stone."}));
  EXPECT_EQ(dataset.query_ids, (Texts{"q1", "q3"}));
  EXPECT_EQ(dataset.query_texts, (Texts{"how tall?", "what?"}));
  EXPECT_EQ(judgements(dataset), "q1 d2 0; q1 d1 2; q3 d3 0; ");
}

TEST_F(Beir, qrels_of_trec_and_packed_files_are_read) {
  put("qrels/dev.tsv", "q1 0 d1 1\nq1 0 d3 0\n");
  EXPECT_EQ(judgements(read_beir(folder_, "dev")), "q1 d1 1; q1 d3 0; ");
  put("qrels/packed.tsv.gz", gzip("query-id\tcorpus-id\tscore\nq1\td1\t1\n"));
  fs::remove(folder_ / "corpus.jsonl");
  put("corpus.jsonl.zst", zstd("{\"_id\": 1, \"text\": \"t\"}\n{\"_id\": \"d1\", \"text\": \"u\"}\n"));
  EXPECT_NE(error_of([&] { read_beir(folder_, "packed"); }), "");  // an id that is a number in one row and a text in the next
  put("corpus.jsonl.zst", zstd("{\"_id\": \"d1\", \"text\": \"u\"}\n"));
  EXPECT_EQ(judgements(read_beir(folder_, "packed")), "q1 d1 1; ");
}

TEST_F(Beir, parquet_is_read_as_well_with_ids_that_are_numbers) {
  if (!has_parquet()) GTEST_SKIP() << "a build without Parquet";
  const auto write = [&](const std::string& name, const std::vector<std::string>& columns, const std::vector<std::vector<Json>>& rows) {
    const auto writer = RowWriter::open((folder_ / name).string(), columns);
    for (const auto& row : rows) writer->write(row);
    writer->finish();
  };
  fs::remove(folder_ / "corpus.jsonl");
  write("corpus.parquet", {"_id", "title", "text"}, {{7, "T", "x"}, {8, nullptr, "y"}});
  write("qrels/p.parquet", {"query-id", "corpus-id", "score"}, {{"q1", 8, 1}});
  const BeirDataset dataset = read_beir(folder_, "p");
  EXPECT_EQ(dataset.corpus_texts, (Texts{"T x", "y"}));
  EXPECT_EQ(judgements(dataset), "q1 8 1; ");
}

TEST_F(Beir, bad_lines_name_file_line_and_field) {
  EXPECT_EQ(error_with("qrels/test.tsv", "q1\td1\t1\nq9\td1\t1\n"), "test.tsv:2: field query-id: q9 is no id in queries.jsonl");
  EXPECT_EQ(error_with("qrels/test.tsv", "q1\td9\t1\n"), "test.tsv:1: field corpus-id: d9 is no id in corpus.jsonl");
  EXPECT_EQ(error_with("qrels/test.tsv", "h\th\th\nq1\td1\tyes\n"), "test.tsv:2: field score: \"yes\" is no whole number");
  EXPECT_EQ(error_with("qrels/test.tsv", "q1\td1\n"),
            "test.tsv:1: 2 fields, where query-id, corpus-id and score are expected, or TREC's four");
  EXPECT_EQ(error_with("qrels/test.tsv", "q1\td1\t1\nq1\td1\t1\nq1\td1\t2\n"), "test.tsv:3: d1 was judged for q1 before, with grade 1");
  EXPECT_EQ(error_with("qrels/test.tsv", "query-id\tcorpus-id\tscore\n"), "test.tsv: nothing is judged in it");
  EXPECT_EQ(error_with("corpus.jsonl", "{\"_id\": \"d1\", \"text\": \"a\"}\n{\"_id\": \"d1\", \"text\": \"b\"}\n"),
            "corpus.jsonl:2: field _id: d1 is the id of an earlier one too");
  EXPECT_EQ(error_with("corpus.jsonl", "{\"id\": \"d1\", \"text\": \"a\"}\n"),
            "corpus.jsonl: field _id: no such column; there are: id, text; nearest: id");
}

TEST_F(Beir, an_absent_file_is_named) {
  EXPECT_EQ(error_of([&] { read_beir(folder_, "none"); }), "none.tsv: no such file; choose a split that is there");
  fs::remove(folder_ / "queries.jsonl");
  EXPECT_EQ(error_of([&] { read_beir(folder_); }), "queries.jsonl: no such file; a BEIR folder holds corpus, queries and qrels/SPLIT");
}

}  // namespace
}  // namespace crossrank
