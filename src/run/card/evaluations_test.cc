#include "run/card/evaluations.h"

#include <gtest/gtest.h>

#include "run/card/log_table.h"
#include "run/card/test_card.h"

namespace crossrank {
namespace {

// As NanoBeirEvaluator returns it: each set's metrics, then the means, each with the base's own numbers behind it.
CardEvaluation nano_beir() {
  CardEvaluation out{"NanoBEIR_R100_mean",
                     "Cross Encoder Nano BEIR",
                     {{"dataset_names", {"msmarco", "nq"}}, {"rerank_k", 100}, {"at_k", 10}, {"always_rerank_positives", true}},
                     {}};
  for (const char* name : {"NanoMSMARCO_R100", "NanoNQ_R100", "NanoBEIR_R100_mean"}) {
    const CardEvaluation one = reranking_evaluation(name, 0.5, 0.75);
    out.result.metrics.insert(out.result.metrics.end(), one.result.metrics.begin(), one.result.metrics.end());
  }
  out.result.primary_metric = "NanoBEIR_R100_mean_ndcg@10";
  return out;
}

TEST(CardEvaluations, nano_beir_is_a_table_of_its_sets_and_one_of_their_mean) {
  const std::vector<CardMeasurement> all = measurements({nano_beir()});
  ASSERT_EQ(all.size(), 3u);
  const std::string section = evaluation_section(all);
  const std::string sets =
      "#### Cross Encoder Reranking\n\n* Datasets: `NanoMSMARCO_R100` and `NanoNQ_R100`\n"
      "* Evaluated with [<code>CrossEncoderRerankingEvaluator</code>]";
  const std::string table =
      "| Metric      | NanoMSMARCO_R100     | NanoNQ_R100          |\n"
      "|:------------|:---------------------|:---------------------|\n"
      "| map         | 0.5000 (+0.0000)     | 0.5000 (+0.0000)     |\n"
      "| mrr@10      | 0.5000 (+0.0000)     | 0.5000 (+0.0000)     |\n"
      "| **ndcg@10** | **0.7500 (+0.1191)** | **0.7500 (+0.1191)** |\n";
  EXPECT_NE(section.find(sets), std::string::npos) << section;
  EXPECT_NE(section.find(table), std::string::npos) << section;
  EXPECT_NE(section.find("#### Cross Encoder Nano BEIR\n\n* Dataset: `NanoBEIR_R100_mean`\n"), std::string::npos) << section;
  EXPECT_NE(section.find("| Metric      | Value                |\n"), std::string::npos) << section;
  EXPECT_EQ(section.find("base_"), std::string::npos) << section;
}

TEST(CardEvaluations, other_settings_metrics_or_names_that_are_equal_make_a_table_of_their_own) {
  CardEvaluation other = reranking_evaluation("b", 0.5, 0.5);
  other.config["at_k"] = 5;
  const std::vector<CardMeasurement> all =
      measurements({reranking_evaluation("a", 0.5, 0.5), other, reranking_evaluation("c", 0.5, 0.5), reranking_evaluation("a", 0.6, 0.5)});
  const std::string section = evaluation_section(all);
  EXPECT_NE(section.find("* Datasets: `a` and `c`\n"), std::string::npos) << section;
  EXPECT_NE(section.find("* Dataset: `b`\n"), std::string::npos) << section;
  EXPECT_NE(section.find("* Dataset: `a`\n"), std::string::npos) << section;
}

TEST(CardEvaluations, an_evaluator_without_a_name_or_unknown_to_the_reference_is_shown_too) {
  CardEvaluation evaluation{"", "Cross Encoder BEIR", nullptr, {}};
  evaluation.result.metrics = {{"ndcg@10", 0.123456}, {"map", 1}};
  evaluation.result.primary_metric = "ndcg@10";
  EXPECT_EQ(evaluation_section(measurements({evaluation})),
            "## Evaluation\n\n### Metrics\n\n#### Cross Encoder BEIR\n\n* Evaluated with <code>CrossEncoderBEIREvaluator</code>\n\n"
            "| Metric      | Value      |\n|:------------|:-----------|\n| **ndcg@10** | **0.1235** |\n| map         | 1.0        |\n\n");
}

TEST(CardLog, losses_stand_before_metrics_and_only_the_saved_row_is_bold) {
  const std::vector<CardLogRow> rows = {{0.5, 1, {{"m_ndcg@10", 0.5, 0.25}}},
                                        {1, 2, {{"nli loss", 3}, {"Validation Loss", 2}, {"Training Loss", 1}}}};
  EXPECT_EQ(log_table(rows, 2),
            "| Epoch   | Step  | Training Loss | Validation Loss | nli loss | m_ndcg@10        |\n"
            "|:-------:|:-----:|:-------------:|:---------------:|:--------:|:----------------:|\n"
            "| 0.5     | 1     | -             | -               | -        | 0.5000 (+0.2500) |\n"
            "| **1.0** | **2** | **1.0**       | **2.0**         | **3.0**  | **-**            |\n");
  EXPECT_TRUE(log_has_step(rows, 2));
  EXPECT_FALSE(log_has_step(rows, 3));
  EXPECT_FALSE(log_has_step(rows, std::nullopt));
}

}  // namespace
}  // namespace crossrank
