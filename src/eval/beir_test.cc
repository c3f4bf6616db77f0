#include "eval/beir.h"

#include <gtest/gtest.h>

#include "eval/nano_beir.h"
#include "eval/test_goldens.h"

namespace crossrank {
namespace {

// Of the documents "red fox" and "red" the query "red" finds both, "river" is found by none.
BeirDataset small() {
  return {.corpus_ids = {"d0", "d1", "d2", "d3"},
          .corpus_texts = {"red fox and red hen", "a red barn", "blue water", "green hill"},
          .query_ids = {"q0", "q1", "q2"},
          .query_texts = {"red", "blue water", "green"},
          .judgements = {{{1, 2}, {2, 1}}, {{2, 1}}, {{3, 0}}}};
}

// Barns above all.
PairScores love_barns(std::span<const TextPair> pairs, const Progress&) {
  PairScores scores;
  for (const TextPair& pair : pairs) scores.values.push_back(pair.document.find("barn") != std::string_view::npos ? 1.0F : 0.0F);
  return scores;
}

double value_of(const EvaluationResult& result, const std::string& name) {
  for (const Metric& metric : result.metrics) {
    if (metric.name == name) return metric.value;
  }
  ADD_FAILURE() << "no metric " << name;
  return -1;
}

TEST(Beir, relevant_documents_that_bm25_did_not_find_still_count) {
  const BeirEvaluator evaluator(small(), {.name = "small"});
  EXPECT_EQ(evaluator.num_pairs(), 3);  // two documents with "red", one with "blue"; nobody judged "green" relevant
  const EvaluationResult result = evaluator.evaluate(love_barns, {});
  const double ideal = 2 + 1 / std::log2(3.0);
  const double before = value_of(result, "small_base_ndcg@10"), after = value_of(result, "small_ndcg@10");
  EXPECT_NEAR(before, (2 / std::log2(3.0) / ideal + 1) / 2, kSameNumber);  // the hen's document says "red" twice, so it is BM25's first
  EXPECT_NEAR(after, (2 / ideal + 1) / 2, kSameNumber);
  EXPECT_NEAR(value_of(result, "small_map@100"), (0.5 + 1) / 2, kSameNumber);
  EXPECT_EQ(value_of(result, "small_mrr@10"), 1);
  EXPECT_NEAR(value_of(result, "small_recall@100"), (0.5 + 1) / 2, kSameNumber);
  EXPECT_EQ(result.primary_metric, "small_ndcg@10");
  EXPECT_EQ(evaluator.metric_names(1), names_of(result));
  ASSERT_EQ(result.notes.size(), 1u);
  EXPECT_EQ(result.notes[0].rfind("1 of 3 queries have no document that was judged relevant", 0), 0u);
}

TEST(Beir, ties_keep_bm25s_order) {
  const BeirEvaluator evaluator(small(), {});
  const PairScorer equal = [](std::span<const TextPair> pairs, const Progress&) {
    return PairScores{1, std::vector<float>(pairs.size(), 0.5F)};
  };
  const EvaluationResult result = evaluator.evaluate(equal, {});
  for (const Metric& metric : result.metrics) {
    if (!metric.base) continue;
    EXPECT_EQ(metric.value, *metric.base) << metric.name;
  }
}

TEST(Beir, the_document_with_the_querys_own_id_is_left_out_when_asked) {
  BeirDataset dataset = small();
  dataset.corpus_ids[0] = "q0";
  EXPECT_EQ(BeirEvaluator(dataset, {}).num_pairs(), 3);
  const BeirEvaluator without(dataset, {.rerank_k = 1, .ignore_identical_ids = true});
  EXPECT_EQ(without.num_pairs(), 2);
  EXPECT_EQ(value_of(without.evaluate(love_barns, {}), "base_mrr@10"), 1);
}

TEST(Beir, results_are_added_to_a_file) {
  const TestFolder folder;
  BeirEvaluator(small(), {.rerank_k = 10, .name = "small"}).evaluate(love_barns, {.output = folder.path()});
  const std::string csv = file_contents(folder.path() / "BeirEvaluator_small_results_@10.csv");
  EXPECT_EQ(csv.rfind("epoch,steps,ndcg@10,map@10,mrr@10,recall@10\r\n-1,-1,", 0), 0u) << csv;
}

TEST(Beir, judgements_without_a_relevant_document_are_an_error) {
  BeirDataset dataset = small();
  for (auto& judged : dataset.judgements) judged.clear();
  EXPECT_NE(message_of([&] { BeirEvaluator(dataset, {}); }).find("no query has a document that was judged relevant"), std::string::npos);
}

constexpr const char* kNano = "tests/goldens/eval/program/nano";

TEST(NanoBeir, sets_are_read_from_a_folder_in_the_hubs_layout_and_averaged) {
  const NanoBeirEvaluator evaluator({.dataset_names = "msmarco,NQ", .dataset_id = kNano, .rerank_k = 12, .at_k = 5});
  EXPECT_EQ(evaluator.name(), "NanoBEIR_R12_mean");
  const PairScorer by_length = [](std::span<const TextPair> pairs, const Progress& progress) {
    PairScores scores;
    for (const TextPair& pair : pairs) scores.values.push_back(static_cast<float>(pair.document.size()));
    progress(static_cast<int64_t>(pairs.size()), static_cast<int64_t>(pairs.size()));
    return scores;
  };
  std::vector<int64_t> done;
  const EvaluationResult result = evaluator.evaluate(by_length, {.progress = [&](int64_t pairs, int64_t total) {
                                                       EXPECT_EQ(total, evaluator.num_pairs());
                                                       done.push_back(pairs);
                                                     }});
  ASSERT_EQ(result.metrics.size(), 18u);
  EXPECT_EQ(evaluator.metric_names(1), names_of(result));
  EXPECT_EQ(result.metrics[0].name, "NanoMSMARCO_R12_map");
  EXPECT_EQ(result.metrics[6].name, "NanoNQ_R12_map");
  EXPECT_EQ(result.primary_metric, "NanoBEIR_R12_mean_ndcg@5");
  for (const std::string metric : {"map", "mrr@5", "ndcg@5", "base_map", "base_ndcg@5"}) {
    const double mean = (value_of(result, "NanoMSMARCO_R12_" + metric) + value_of(result, "NanoNQ_R12_" + metric)) / 2;
    EXPECT_NEAR(value_of(result, "NanoBEIR_R12_mean_" + metric), mean, kSameNumber);
  }
  ASSERT_EQ(done.size(), 2u);  // one for each set, of both together
  EXPECT_LT(done[0], done[1]);
  EXPECT_EQ(done[1], evaluator.num_pairs());
}

TEST(NanoBeir, names_of_sets_are_checked_before_anything_is_fetched) {
  const auto message = [](const std::string& names) {
    return message_of([&] { NanoBeirEvaluator({.dataset_names = names, .dataset_id = kNano}); });
  };
  EXPECT_NE(message("msmarco,nfcorpsu").find("nearest: nfcorpus"), std::string::npos);
  EXPECT_NE(message("msmarco,").find("\"\" is none of"), std::string::npos);
  EXPECT_NE(message("msmarco,MSMARCO").find("named twice"), std::string::npos);
}

// Copies the golden's sets, with one file changed.
std::string error_with(const std::string& file, const std::string& contents) {
  const TestFolder folder;
  std::filesystem::copy(kNano, folder.path(), std::filesystem::copy_options::recursive);
  std::ofstream(folder.path() / file, std::ios::binary | std::ios::trunc) << contents;
  return message_of([&] { NanoBeirEvaluator({.dataset_names = "nq", .dataset_id = folder.path().string()}); });
}

TEST(NanoBeir, an_id_that_is_nowhere_names_its_row) {
  const std::string unknown = error_with("bm25/NanoNQ.jsonl", R"({"query-id": "q0", "corpus-ids": ["d0", "d999"]})");
  EXPECT_NE(unknown.find("NanoNQ.jsonl:1: the configuration corpus has no id \"d999\""), std::string::npos) << unknown;
  const std::string query = error_with("bm25/NanoNQ.jsonl", R"({"query-id": "q999", "corpus-ids": ["d0"]})");
  EXPECT_NE(query.find("the configuration queries has no id \"q999\""), std::string::npos) << query;
  const std::string judged = error_with("qrels/NanoNQ.jsonl", R"({"query-id": "q1", "corpus-id": "d0"})");
  EXPECT_NE(judged.find("NanoNQ.jsonl:1: nothing is judged relevant to the query \"q0\""), std::string::npos) << judged;
  const std::string column = error_with("corpus/NanoNQ.jsonl", R"({"id": "d0", "text": "x"})");
  EXPECT_NE(column.find("_id"), std::string::npos) << column;
}

}  // namespace
}  // namespace crossrank
