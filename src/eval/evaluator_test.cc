#include "eval/evaluator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "eval/classification.h"
#include "eval/correlation.h"
#include "eval/reranking.h"
#include "eval/test_goldens.h"

namespace crossrank {
namespace {

std::vector<std::string> texts_in(const Json& value) {
  return value.is_string() ? std::vector{value.get<std::string>()} : list_of<std::string>(value);
}

RerankingSample sample_of(const Json& fields) {
  RerankingSample sample{"golden", fields["query"], texts_in(fields["positive"]), {}};
  if (fields.contains("documents")) {
    sample.documents = texts_in(fields["documents"]);
  } else {
    sample.negative = texts_in(fields["negative"]);
  }
  return sample;
}

std::unique_ptr<Evaluator> evaluator_of(const Json& golden) {
  const Json& options = golden["options"];
  const std::string task = golden["task"], name = options["name"];
  if (task == "reranking") {
    std::vector<RerankingSample> samples;
    for (const Json& fields : golden["samples"]) samples.push_back(sample_of(fields));
    return std::make_unique<RerankingEvaluator>(
        samples, RerankingOptions{.at_k = options["at_k"], .always_rerank_positives = options["always_rerank_positives"], .name = name});
  }
  std::vector<LabeledPair> pairs;
  for (const Json& row : golden["pairs"]) pairs.push_back({"golden", row[0], row[1], row[2]});
  if (task == "classification") return std::make_unique<ClassificationEvaluator>(pairs, name);
  return std::make_unique<CorrelationEvaluator>(pairs, name);
}

// Text before the last digits of doubles, which hang on the order of sums: every number of a CSV file within kSameNumber.
void expect_same_csv(const std::string& ours, const std::string& reference) {
  size_t a = 0, b = 0;
  const auto field = [](const std::string& text, size_t& at) {
    const size_t end = std::min(text.find_first_of(",\r\n", at), text.size());
    const std::string out = text.substr(at, end - at);
    at = end;
    return out;
  };
  while (a < ours.size() && b < reference.size()) {
    const std::string x = field(ours, a), y = field(reference, b);
    if (x != y) {
      ASSERT_EQ(x.find('.') != std::string::npos, y.find('.') != std::string::npos) << ours << reference;
      EXPECT_NEAR(std::stod(x), std::stod(y), kSameNumber) << ours << reference;
    }
    while (a < ours.size() && b < reference.size() && ours[a] == reference[b] && std::string(",\r\n").find(ours[a]) != std::string::npos)
      ++a, ++b;
  }
  EXPECT_EQ(ours.size() - a, reference.size() - b) << ours << reference;
}

void expect_golden(const Json& golden) {
  const std::unique_ptr<Evaluator> evaluator = evaluator_of(golden);
  const PairScorer scorer = table_scorer(golden["scores"], golden.value("num_labels", 1));
  const TestFolder folder;
  evaluator->evaluate(scorer, {.output = folder.path()});
  const EvaluationResult result = evaluator->evaluate(scorer, {.output = folder.path(), .epoch = 0.5, .steps = 120});

  ASSERT_EQ(result.metrics.size(), golden["metrics"].size());
  for (size_t i = 0; i < result.metrics.size(); ++i) {
    EXPECT_EQ(result.metrics[i].name, golden["metrics"][i][0].get<std::string>());
    expect_number(result.metrics[i].value, golden["metrics"][i][1], result.metrics[i].name);
  }
  EXPECT_EQ(evaluator->metric_names(golden.value("num_labels", 1)), names_of(result));
  EXPECT_EQ(result.primary_metric, golden["primary_metric"].get<std::string>());
  EXPECT_EQ(evaluator->description(), golden["description"].get<std::string>());
  EXPECT_EQ(evaluator->config().is_null() ? Json::object() : evaluator->config(), golden["config"]);
  for (const auto& [name, contents] : golden["files"].items())
    expect_same_csv(file_contents(folder.path() / name), contents.get<std::string>());
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) files += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(files, golden["files"].size());

  // The model card's text of a metric with a base: "0.7105 (+0.2200)".
  for (const Metric& metric : result.metrics) {
    if (!metric.base) continue;
    EXPECT_EQ(fmt::format("{:.4f} ({:+.4f})", metric.value, metric.value - *metric.base), golden["card"][metric.name].get<std::string>());
  }
}

TEST(Evaluator, numbers_names_and_files_are_the_references_whatever_the_samples) {
  const Json goldens = eval_golden("evaluators.json");
  ASSERT_GT(goldens["cases"].size(), 10u);
  for (const Json& golden : goldens["cases"]) {
    SCOPED_TRACE(golden["task"].get<std::string>() + " " + golden["options"].dump());
    expect_golden(golden);
  }
}

// A scorer that notes what it is asked, and scores a pair by the length of its document.
struct Recorder {
  std::vector<size_t> calls;

  PairScorer scorer() {
    return [this](std::span<const TextPair> pairs, const Progress& progress) {
      calls.push_back(pairs.size());
      PairScores scores;
      for (const TextPair& pair : pairs) scores.values.push_back(static_cast<float>(pair.document.size()));
      if (progress) progress(static_cast<int64_t>(pairs.size()), static_cast<int64_t>(pairs.size()));
      return scores;
    };
  }
};

std::string row_name(size_t pair) { return "row " + std::to_string(pair); }

TEST(Evaluator, a_pair_that_comes_twice_is_scored_once) {
  Recorder recorder;
  const std::vector<TextPair> pairs{{"q", "a"}, {"q", "bb"}, {"q", "a"}, {"r", "a"}, {"q", "bb"}};
  EXPECT_EQ(score_single_label(pairs, recorder.scorer(), row_name), (std::vector<float>{1, 2, 1, 1, 2}));
  EXPECT_EQ(recorder.calls, std::vector<size_t>{3});
}

TEST(Evaluator, many_pairs_go_window_by_window_and_progress_counts_them_all) {
  Recorder recorder;
  std::vector<std::string> documents;
  for (int i = 0; i < 150'000; ++i) documents.push_back(std::to_string(i));
  std::vector<TextPair> pairs;
  for (const std::string& document : documents) pairs.push_back({"q", document});
  std::vector<int64_t> done;
  const std::vector<float> scores = score_single_label(pairs, recorder.scorer(), row_name, [&](int64_t count, int64_t total) {
    EXPECT_EQ(total, 150'000);
    done.push_back(count);
  });
  ASSERT_EQ(scores.size(), pairs.size());
  EXPECT_EQ(scores[9], 1);
  EXPECT_EQ(scores[149'999], 6);
  EXPECT_EQ(recorder.calls, (std::vector<size_t>{65'536, 65'536, 18'928}));
  EXPECT_EQ(done, (std::vector<int64_t>{65'536, 131'072, 150'000}));
}

TEST(Evaluator, a_score_that_is_not_finite_is_an_error_that_names_the_row) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const PairScorer scorer = [bad](std::span<const TextPair> pairs, const Progress&) {
      PairScores scores;
      for (const TextPair& pair : pairs) scores.values.push_back(pair.document == "bad" ? bad : 1);
      return scores;
    };
    const std::vector<TextPair> pairs{{"q", "a"}, {"q", "bad"}};
    const std::string message = message_of([&] { score_single_label(pairs, scorer, row_name); });
    EXPECT_EQ(message.rfind("row 1: the model's score is", 0), 0u) << message;
  }
}

TEST(Evaluator, an_error_of_the_scorer_names_the_row_of_the_pair_that_it_is_about) {
  std::vector<std::string> documents;
  for (int i = 0; i < 100; ++i) documents.push_back("d" + std::to_string(i));
  std::vector<TextPair> pairs{{"q", "d0"}, {"q", "d0"}};  // duplicates, so that places differ
  for (const std::string& document : documents) pairs.push_back({"q", document});
  for (const std::string bad : {"d0", "d1", "d50", "d99"}) {
    const PairScorer scorer = [&](std::span<const TextPair> asked, const Progress&) -> PairScores {
      for (const TextPair& pair : asked) {
        if (pair.document == bad) throw error(ErrorCode::kModel, "not a number");
      }
      return {1, std::vector<float>(asked.size(), 0.0F)};
    };
    const size_t expected = bad == "d0" ? 0 : static_cast<size_t>(std::stoi(bad.substr(1))) + 2;
    EXPECT_EQ(message_of([&] { score_single_label(pairs, scorer, row_name); }), row_name(expected) + ": not a number");
  }
}

TEST(Evaluator, several_labels_are_refused_where_one_score_is_needed) {
  const PairScorer scorer = [](std::span<const TextPair> pairs, const Progress&) {
    return PairScores{3, std::vector<float>(3 * pairs.size(), 0.0F)};
  };
  const std::vector<TextPair> pairs{{"q", "a"}};
  EXPECT_NE(message_of([&] { score_single_label(pairs, scorer, row_name); }).find("3 labels"), std::string::npos);
}

TEST(Evaluator, a_row_with_one_document_to_rank_is_an_error_that_names_it) {
  const auto message = [](const RerankingSample& sample) { return message_of([&] { RerankingEvaluator({sample}, {}); }); };
  EXPECT_EQ(message({"f:7", "q", {"a"}, {}, {}}).rfind("f:7: only one document", 0), 0u);
  EXPECT_EQ(message({"f:8", "q", {"a"}, {}, std::vector<std::string>{"a"}}).rfind("f:8: only one document", 0), 0u);
  EXPECT_EQ(message({"f:9", "q", {"a"}, {}, std::vector<std::string>{"b"}}), "");
  EXPECT_EQ(message({"f:9", "q", {}, {"b"}, {}}), "");
}

TEST(Evaluator, what_counts_as_zero_and_what_hangs_on_ties_is_said) {
  const PairScorer equal = [](std::span<const TextPair> pairs, const Progress&) {
    return PairScores{1, std::vector<float>(pairs.size(), 0.5F)};
  };
  const RerankingEvaluator evaluator({{"f:1", "q", {"a"}, {"b", "c"}, {}}, {"f:2", "r", {}, {"b"}, {}}}, {});
  EXPECT_EQ(evaluator.num_pairs(), 3);
  const EvaluationResult result = evaluator.evaluate(equal, {});
  ASSERT_EQ(result.notes.size(), 2u);
  EXPECT_EQ(result.notes[0].rfind("1 of 2 queries have no relevant document", 0), 0u);
  EXPECT_EQ(result.notes[1].rfind("1 of 2 queries have an irrelevant document with the score", 0), 0u);
}

TEST(Evaluator, a_label_that_a_model_with_one_label_cannot_mean_names_its_row) {
  const PairScorer scorer = [](std::span<const TextPair> pairs, const Progress&) {
    return PairScores{1, std::vector<float>(pairs.size(), 0.5F)};
  };
  const ClassificationEvaluator three({{"f:1", "a", "b", 0}, {"f:2", "a", "c", 2}});
  EXPECT_EQ(message_of([&] { three.evaluate(scorer, {}); }).rfind("f:2: label 2", 0), 0u);
  EXPECT_EQ(message_of([] { ClassificationEvaluator({{"f:3", "a", "b", 0.5}}); }).rfind("f:3: label 0.5", 0), 0u);
  EXPECT_NE(message_of([] { CorrelationEvaluator({{"f:3", "a", "b", 0.5}}); }), "");
}

}  // namespace
}  // namespace crossrank
