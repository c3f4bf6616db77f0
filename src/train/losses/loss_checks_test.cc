#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

#include "train/losses/test_batch.h"

namespace crossrank {
namespace {

std::string usage(std::string_view loss, const Json& parameters) {
  return refusal(ErrorCode::kUsage, [&] { make_loss(loss, parameters); });
}

std::string shape_problem(std::string_view loss, const DatasetShape& shape, int num_labels = 1) {
  return refusal(ErrorCode::kInput, [&] { make_loss(loss, {})->check(shape, num_labels); });
}

std::string row_problem(std::string_view loss, std::vector<double> labels, std::vector<int64_t> texts = {1, 1}, int num_labels = 1) {
  const LossRow row{.texts = std::move(texts), .labels = std::move(labels), .where = "train.jsonl line 7"};
  return refusal(ErrorCode::kInput, [&] { make_loss(loss, {})->check_row(row, num_labels); });
}

const DatasetShape kPairs = {{"query", "answer"}, {false, false}, true, false, "train.jsonl line 1"};
const DatasetShape kTriples = {{"query", "answer", "negative"}, {false, false, false}, false, false, "train.jsonl line 1"};
const DatasetShape kLists = {{"query", "docs"}, {false, true}, true, true, "train.jsonl line 1"};

TEST(MakeLoss, takes_the_references_name_and_the_recipes) {
  for (const std::string_view name : loss_recipe_names()) {
    const auto loss = make_loss(name, Json::object());
    EXPECT_EQ(make_loss(loss->name(), {})->name(), loss->name());
    EXPECT_EQ(make_loss(std::string(name) + "_loss", {})->name(), loss->name());
  }
  EXPECT_EQ(make_loss("binary_cross_entropy", {})->name(), "BinaryCrossEntropyLoss");
  EXPECT_EQ(make_loss("plist_mle", {})->name(), "PListMLELoss");
}

TEST(MakeLoss, an_unknown_loss_or_parameter_is_refused_with_the_nearest_name) {
  EXPECT_EQ(usage("binary_crossentropy", {}).rfind("loss \"binary_crossentropy\" is unknown; nearest: binary_cross_entropy; ", 0), 0U);
  EXPECT_NE(usage("ListNETLoss", {}).find("nearest: ListNetLoss"), std::string::npos);
  EXPECT_EQ(usage("bce", {}).rfind("loss \"bce\" is unknown", 0), 0U);
  EXPECT_EQ(usage("binary_cross_entropy", {{"pos_wieght", 5}}),
            "BinaryCrossEntropyLoss has no parameter \"pos_wieght\"; nearest: pos_weight");
  EXPECT_NE(usage("list_net", {{"k", 5}}), "");  // another loss's
  EXPECT_NE(usage("list_net", 5).find("must be a table"), std::string::npos);
  EXPECT_NE(usage("lambda", {{"weighting_scheme", {{"name", "NDCGLoss2PP"}, {"nu", 1}}}}).find("nearest: mu"), std::string::npos);
  EXPECT_NE(usage("lambda", {{"weighting_scheme", {{"name", "LambdaRank"}, {"mu", 1}}}}), "");  // of one scheme alone
}

TEST(MakeLoss, a_wrong_value_is_refused_by_its_parameters_name) {
  const std::vector<std::pair<std::string, Json>> wrong = {
      {"binary_cross_entropy", {{"pos_weight", "five"}}},
      {"binary_cross_entropy", {{"pos_weight", -1}}},
      {"binary_cross_entropy", {{"pos_weight", std::nan("")}}},
      {"binary_cross_entropy", {{"activation_fn", "sigmoyd"}}},
      {"binary_cross_entropy", {{"activation_fn", 5}}},
      {"binary_cross_entropy", {{"reduction", "none"}}},
      {"cross_entropy", {{"weight", 5}}},
      {"cross_entropy", {{"weight", {1, "a"}}}},
      {"cross_entropy", {{"label_smoothing", 1.5}}},
      {"cross_entropy", {{"ignore_index", 1.5}}},
      {"multiple_negatives_ranking", {{"num_negatives", 0}}},
      {"multiple_negatives_ranking", {{"num_negatives", 2.5}}},
      {"multiple_negatives_ranking", {{"scale", true}}},
      {"cached_multiple_negatives_ranking", {{"mini_batch_size", 0}}},
      {"cached_multiple_negatives_ranking", {{"show_progress_bar", 1}}},
      {"lambda", {{"weighting_scheme", "NDCGLoss3"}}},
      {"lambda", {{"weighting_scheme", {{"mu", 3}}}}},
      {"lambda", {{"k", 0}}},
      {"lambda", {{"reduction_log", "ten"}}},
      {"rank_net", {{"eps", -1}}},
      {"list_mle", {{"respect_input_order", "yes"}}},
      {"plist_mle", {{"lambda_weight", "Lambda"}}},
      {"plist_mle", {{"lambda_weight", {{"rank_discount_fn", "log"}}}}},
      {"adr_mse", {{"alpha", "one"}}},
  };
  for (const auto& [loss, parameters] : wrong) {
    const std::string message = usage(loss, parameters);
    EXPECT_NE(message.find("parameter " + parameters.begin().key()), std::string::npos) << loss << parameters.dump() << ": " << message;
  }
  EXPECT_NE(usage("lambda", {{"weighting_scheme", "LambdaRanck"}}).find("nearest: LambdaRankScheme"), std::string::npos);
}

TEST(MakeLoss, the_word_none_is_none_as_toml_has_no_null) {
  for (const char* parameter : {"k", "mini_batch_size", "weighting_scheme"}) {
    const LossConfig with_null = make_loss("lambda", {{parameter, nullptr}})->config();
    EXPECT_EQ(make_loss("lambda", {{parameter, "none"}})->config(), with_null) << parameter;
  }
}

TEST(MakeLoss, a_weight_stands_in_the_card_as_the_reference_lists_it) {
  EXPECT_EQ(make_loss("binary_cross_entropy", {{"pos_weight", 5}})->config()[1].second.dump(), "5");
  EXPECT_EQ(make_loss("binary_cross_entropy", {{"pos_weight", 5.0}})->config()[1].second.dump(), "5.0");
}

TEST(LossCheck, columns_that_the_loss_cannot_read_are_told_before_training) {
  EXPECT_EQ(
      shape_problem("binary_cross_entropy", kTriples),
      "train.jsonl line 1: BinaryCrossEntropyLoss takes two columns of texts and one label a row; found 3 text columns: query, answer, "
      "negative and no label; choose columns in that order, or another loss");
  const DatasetShape one_column = {{"query"}, {false}, true, false, "train.jsonl line 1"};
  DatasetShape unlabelled = kPairs;
  unlabelled.has_label = false;
  for (const std::string_view loss : {"binary_cross_entropy", "mse"}) {
    EXPECT_NE(shape_problem(loss, one_column), "") << loss;
    EXPECT_NE(shape_problem(loss, unlabelled), "") << loss;
    EXPECT_NE(shape_problem(loss, kLists), "") << loss;
    EXPECT_EQ(shape_problem(loss, kPairs), "") << loss;
  }
  EXPECT_NE(shape_problem("cross_entropy", unlabelled, 3), "");
  for (const std::string_view loss : {"lambda", "rank_net", "list_net", "list_mle", "plist_mle", "adr_mse"}) {
    DatasetShape one_label = kLists;
    one_label.label_is_list = false;
    EXPECT_NE(shape_problem(loss, one_label), "") << loss;
    EXPECT_NE(shape_problem(loss, kPairs), "") << loss;
    EXPECT_EQ(shape_problem(loss, kLists), "") << loss;
  }
}

TEST(LossCheck, negatives_and_their_margins_must_fit) {
  for (const std::string_view loss : {"multiple_negatives_ranking", "cached_multiple_negatives_ranking"}) {
    EXPECT_EQ(shape_problem(loss, kTriples), "") << loss;
    EXPECT_EQ(shape_problem(loss, kPairs), "") << loss;  // a label is not read
    EXPECT_NE(shape_problem(loss, kLists), "") << loss;
    EXPECT_NE(shape_problem(loss, {{"query"}, {false}, false, false, "a"}), "") << loss;
  }
  DatasetShape margins = kTriples;
  EXPECT_NE(shape_problem("margin_mse", margins), "");  // no label
  margins.has_label = true;
  EXPECT_EQ(shape_problem("margin_mse", margins), "");
  margins.columns.push_back("negative_2");
  margins.is_list.push_back(false);
  EXPECT_NE(shape_problem("margin_mse", margins), "");  // one number for two negatives
  margins.label_is_list = true;
  EXPECT_EQ(shape_problem("margin_mse", margins), "");
  EXPECT_NE(shape_problem("margin_mse", kPairs), "");
}

TEST(LossCheck, the_models_number_of_labels_must_fit) {
  for (const std::string_view loss : loss_recipe_names()) {
    const bool classes = loss == "cross_entropy";
    const std::string message = refusal(ErrorCode::kUsage, [&] { make_loss(loss, {})->check(kPairs, classes ? 1 : 3); });
    EXPECT_NE(message.find("num_labels"), std::string::npos) << loss;
  }
  const auto weighted = make_loss("cross_entropy", {{"weight", {1, 2}}});
  EXPECT_NE(refusal(ErrorCode::kUsage, [&] { weighted->check(kPairs, 3); }).find("parameter weight"), std::string::npos);
}

TEST(LossCheckRow, labels_out_of_range_are_told_with_the_row_and_the_remedy) {
  EXPECT_EQ(row_problem("binary_cross_entropy", {1.5}),
            "train.jsonl line 7: label 1.5: BinaryCrossEntropyLoss takes 0 to 1; scale the labels, or use MSELoss");
  EXPECT_NE(row_problem("binary_cross_entropy", {-0.1}), "");
  EXPECT_EQ(row_problem("binary_cross_entropy", {0.5}), "");
  EXPECT_NE(row_problem("binary_cross_entropy", {}), "");
  EXPECT_EQ(row_problem("cross_entropy", {3}, {1, 1}, 3),
            "train.jsonl line 7: label 3: CrossEntropyLoss takes the number of a class, 0 to 2; correct the row, or raise num_labels");
  EXPECT_NE(row_problem("cross_entropy", {0.5}, {1, 1}, 3), "");
  EXPECT_NE(row_problem("cross_entropy", {-1}, {1, 1}, 3), "");
  EXPECT_EQ(row_problem("cross_entropy", {-100}, {1, 1}, 3), "");  // torch's own sign for a row that does not count
  EXPECT_EQ(row_problem("mse", {-1234.5}), "");
}

TEST(LossCheckRow, labels_that_are_no_finite_numbers_are_refused) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    for (const std::string_view loss : {"binary_cross_entropy", "mse", "cross_entropy"}) {
      EXPECT_NE(row_problem(loss, {bad}, {1, 1}, 3).find("train.jsonl line 7: label "), std::string::npos) << loss;
    }
    EXPECT_NE(row_problem("margin_mse", {bad}, {1, 1, 1}), "");
    for (const std::string_view loss : {"lambda", "rank_net", "list_net", "list_mle", "plist_mle", "adr_mse"}) {
      EXPECT_NE(row_problem(loss, {1, bad}, {1, 2}), "") << loss;
    }
  }
}

TEST(LossCheckRow, lists_must_have_documents_and_a_label_for_each) {
  for (const std::string_view loss : {"lambda", "rank_net", "list_net", "list_mle", "plist_mle", "adr_mse"}) {
    EXPECT_NE(row_problem(loss, {}, {1, 0}), "") << loss;
    EXPECT_NE(row_problem(loss, {1, 2}, {1, 3}).find("2 labels for 3 documents"), std::string::npos) << loss;
    EXPECT_EQ(row_problem(loss, {1, 2, -3.5}, {1, 3}), "") << loss;
  }
  EXPECT_NE(row_problem("lambda", {128}, {1, 1}), "");  // 2^128 is no f32
  EXPECT_EQ(row_problem("rank_net", {128}, {1, 1}), "");
  EXPECT_NE(row_problem("margin_mse", {1, 2, 3}, {1, 1, 1}), "");
  EXPECT_EQ(row_problem("margin_mse", {1, 2}, {1, 1, 1}), "");
}

}  // namespace
}  // namespace crossrank
