// What the reference mines from small embeddings with every option (tests/goldens/mining), row by row.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>

#include "base/json.h"
#include "base/mapped_file.h"
#include "mining/mine.h"
#include "mining/mining_test.h"

namespace crossrank {
namespace {

const std::filesystem::path kGoldens = "tests/goldens/mining";
// Scores are sums of a dozen products of numbers below one in single precision, in another order than the reference's.
constexpr double kScoreTolerance = 2e-6;

Json golden(const std::string& name) {
  const auto path = kGoldens / (name + ".json");
  return parse_json(read_file(path, size_t{1} << 24), path.string(), ErrorCode::kInput);
}

std::vector<float> flat(const Json& matrix) {
  std::vector<float> values;
  for (const Json& row : matrix) {
    for (const Json& value : row) values.push_back(value.get<float>());
  }
  return values;
}

// The keyword arguments of mine_hard_negatives as options; every key must be known.
MiningOptions options_of(const Json& given, int seed) {
  MiningOptions options;
  options.seed = seed;
  for (const auto& [name, value] : given.items()) {
    if (name == "output_format") options.output_format = parse_option_name<MinedFormat>(name, value.get<std::string>());
    else if (name == "sampling_strategy") options.sampling_strategy = parse_option_name<SamplingStrategy>(name, value.get<std::string>());
    else if (name == "output_scores") options.output_scores = value.get<bool>();
    else if (name == "include_positives") options.include_positives = value.get<bool>();
    else if (name == "num_negatives") options.num_negatives = value.get<int>();
    else if (name == "range_min") options.range_min = value.get<int>();
    else if (name == "range_max") options.range_max = value.get<int>();
    else if (name == "max_score") options.max_score = value.get<double>();
    else if (name == "min_score") options.min_score = value.get<double>();
    else if (name == "absolute_margin") options.absolute_margin = value.get<double>();
    else if (name == "relative_margin") options.relative_margin = value.get<double>();
    else if (name == "margin") options.margin = value.get<double>();
    else if (name == "as_triplets") options.as_triplets = value.get<bool>();
    else if (name == "faiss_batch_size") options.faiss_batch_size = value.get<int>();
    else if (name != "cross_encoder") ADD_FAILURE() << "an option that this test does not know: " << name;
  }
  return options;
}

// Equal, but for the last bits of scores.
bool same(const Json& ours, const Json& reference) {
  if (reference.is_number_float()) return ours.is_number() && std::abs(ours.get<double>() - reference.get<double>()) <= kScoreTolerance;
  if (!reference.is_array()) return ours == reference;
  if (!ours.is_array() || ours.size() != reference.size()) return false;
  for (size_t i = 0; i < ours.size(); ++i) {
    if (!same(ours[i], reference[i])) return false;
  }
  return true;
}

// The reference's table with a zero that rounding made negative without its sign.
std::string without_negative_zeros(std::string text) {
  const std::string zero = "-0.0000";
  for (size_t at = text.find(zero); at != std::string::npos; at = text.find(zero, at)) text.replace(at, 1, " ");
  return text;
}

struct GoldenData {
  explicit GoldenData(const std::string& name) : json(golden(name)) {
    if (json["corpus"].is_array()) {
      for (const Json& text : json["corpus"]) pairs.add_document(text.get<std::string>());
    }
    for (const Json& row : json["rows"]) pairs.add_pair(row[0].get<std::string>(), row[1].get<std::string>());
    pairs.settle();
    queries = flat(json["query_embeddings"]);
    corpus = flat(json["corpus_embeddings"]);
    const int dimensions = json["dimensions"].get<int>();
    stage = embedding_stage(pairs, {queries, dimensions}, {corpus, dimensions}, {.query_block = 4, .threads = 1});
  }

  // The cross-encoder of the golden: a table by query and document.
  std::vector<float> rescored(std::span<const TextPair> asked) {
    std::vector<float> scores;
    for (const TextPair& pair : asked) {
      const auto query = static_cast<size_t>(place(pairs.queries(), pair.query)),
                 document = static_cast<size_t>(place(pairs.corpus(), pair.document));
      scores.push_back(json["cross_encoder"][query][document].get<float>());
    }
    return scores;
  }

  static int64_t place(const UniqueTexts& texts, std::string_view text) {
    return std::find(texts.texts().begin(), texts.texts().end(), text) - texts.texts().begin();
  }

  Json json;
  MiningPairs pairs;
  std::vector<float> queries, corpus;
  std::unique_ptr<FirstStage> stage;
};

void expect_case(GoldenData& data, const Json& golden_case) {
  MiningOptions options = options_of(golden_case["options"], data.json["seed"].get<int>());
  Rescorer rescorer;
  if (golden_case["options"].contains("cross_encoder")) {
    rescorer = [&](std::span<const TextPair> asked, const Progress&) { return data.rescored(asked); };
  }
  std::string printed;
  const MiningEvents events{.stage = {}, .say = [&](const std::string& sentence) { printed += sentence + "\n"; }};
  CollectingWriter writer;
  if (golden_case.contains("error")) {
    const auto run = [&] {
      settle(options);
      mine_hard_negatives(options, data.pairs, *data.stage, rescorer, writer, events);
    };
    EXPECT_THROW(run(), Error);
    return;
  }
  settle(options);
  const MiningReport report = mine_hard_negatives(options, data.pairs, *data.stage, rescorer, writer, events);
  EXPECT_EQ(mined_columns(options, {"question", "answer"}), golden_case["columns"].get<std::vector<std::string>>());
  const Json& rows = golden_case["rows"];
  ASSERT_EQ(writer.rows.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_TRUE(same(Json(writer.rows[i]), rows[i])) << "row " << i << "\n" << Json(writer.rows[i]) << "\n" << rows[i];
  }
  printed += "Negative candidates mined, preparing dataset...\n" + report.text();
  EXPECT_EQ(printed, without_negative_zeros(golden_case["printed"].get<std::string>()));
}

class MiningGolden : public testing::TestWithParam<const char*> {};

TEST_P(MiningGolden, gives_the_rows_and_the_table_of_the_reference_with_every_option) {
  GoldenData data(GetParam());
  ASSERT_GT(data.json["cases"].size(), 40U);
  for (const Json& golden_case : data.json["cases"]) {
    SCOPED_TRACE(golden_case["options"].dump());
    expect_case(data, golden_case);
  }
}

INSTANTIATE_TEST_SUITE_P(AllDataSets, MiningGolden, testing::Values("plain", "several", "tiny", "one", "corpus"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace crossrank
