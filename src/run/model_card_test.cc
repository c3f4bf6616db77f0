#include "run/model_card.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string_view>

#include "run/card/test_card.h"

namespace crossrank {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// What of the reference's card ours must have to the character: metadata, headings, tables and bullets. Not: the lines that name Python
// packages, two links of reading matter, headings within comments, and fenced blocks: the model as PyTorch prints it, and settings, which
// crossrank keeps in the order of their names.
std::vector<std::string> lines_to_have(const std::string& card) {
  std::vector<std::string> out;
  int dashes = 0;
  bool fenced = false, comment = false;
  for (const std::string& line : lines_of(card)) {
    if (line.find("```") != std::string::npos) fenced = !fenced;
    if (line == "<!--") comment = true;
    if (line == "---") ++dashes;
    const size_t begin = line.find_first_not_of(' ');
    const char first = begin == std::string::npos ? '\0' : line[begin];
    const bool wanted = dashes == 1 || (!fenced && std::string_view("#|*-").find(first) != std::string_view::npos);
    const bool package = line.rfind("- ", 0) == 0 && line.size() > 3 && line[2] >= 'A' && line[2] <= 'Z' && dashes == 2;
    const bool reading = line.rfind("- [", 0) == 0;
    if (wanted && !comment && !package && !reading) out.push_back(line);
    if (line == "-->") comment = false;
  }
  return out;
}

TEST(ModelCard, metadata_headings_tables_and_bullets_are_those_of_the_reference_in_its_order) {
  const std::vector<std::string> ours = lines_of(to_markdown(tiny_card()));
  const std::vector<std::string> theirs = lines_to_have(card_golden("reference.md"));
  ASSERT_GT(theirs.size(), 250u);
  auto at = ours.begin();
  for (const std::string& line : theirs) {
    const auto found = std::find(at, ours.end(), line);
    EXPECT_TRUE(found != ours.end()) << "absent, or before its place: " << line;
    if (found != ours.end()) at = found + 1;
  }
}

TEST(ModelCard, fixed_values_make_the_committed_card) {
  const std::string made = to_markdown(tiny_card());
  const auto path = std::filesystem::temp_directory_path() / "crossrank_model_card.md";
  if (made != card_golden("card.md")) std::ofstream(path, std::ios::binary) << made;
  EXPECT_TRUE(made == card_golden("card.md")) << "differs from tests/goldens/model_card/card.md; what was made stands in " << path;
}

TEST(ModelCard, what_is_not_known_is_left_out) {
  const std::string card = to_markdown({});
  EXPECT_TRUE(contains(card, "# CrossEncoder\n"));
  EXPECT_TRUE(contains(card, " model trained using crossrank"));
  EXPECT_TRUE(contains(card, "model = CrossEncoder(\"cross_encoder_model_id\")"));
  for (const char* absent :
       {"base_model", "model-index", "metrics:", "datasets:", "## Evaluation", "### Training Logs", "### Training Time",
        "### Training Hyperparameters", "Base model", "License", "### Full Model Architecture", "dataset_size", "* Loss"}) {
    EXPECT_FALSE(contains(card, absent)) << absent;
  }
}

TEST(ModelCard, a_base_model_that_is_a_folder_is_named_and_not_linked) {
  ModelCard card = tiny_card();
  card.base_model = "/models/my bert";
  card.base_model_id.clear();
  card.model_name.clear();
  const std::string text = to_markdown(card);
  EXPECT_TRUE(contains(text, "# CrossEncoder based on /models/my bert\n"));
  EXPECT_TRUE(contains(text, "finetuned from /models/my bert on"));
  EXPECT_FALSE(contains(text, "base_model:"));
}

TEST(ModelCard, several_labels_are_a_classification_and_have_no_ranking_in_the_example) {
  ModelCard card = tiny_card();
  card.num_labels = 3;
  for (CardExample& example : card.examples) example.scores = {0.25, -1.5, 2};
  const std::string text = to_markdown(card);
  EXPECT_TRUE(contains(text, "pipeline_tag: text-classification\n"));
  EXPECT_TRUE(contains(text, "can be used for text pair classification."));
  EXPECT_TRUE(contains(text, "**Number of Output Labels:** 3 labels\n"));
  EXPECT_TRUE(contains(text, "# [[0.25 -1.5 2.0]\n#  [0.25 -1.5 2.0]\n"));
  EXPECT_FALSE(contains(text, "rank("));
  EXPECT_FALSE(contains(text, "crossrank rank"));
}

TEST(ModelCard, without_scores_the_example_shows_their_shape) {
  ModelCard card = tiny_card();
  card.examples[2].scores.clear();
  EXPECT_TRUE(contains(to_markdown(card), "print(scores.shape)\n# (5,)\n"));
  card.num_labels = 2;
  EXPECT_TRUE(contains(to_markdown(card), "print(scores.shape)\n# (5, 2)\n"));
}

TEST(ModelCard, the_citation_of_the_loss_stands_behind_that_of_the_library) {
  ModelCard card = tiny_card();
  card.loss.citation = "\n@misc{x,\n  title = \"T\"\n}\n";
  EXPECT_TRUE(contains(to_markdown(card), "#### BinaryCrossEntropyLoss\n```bibtex\n@misc{x,\n  title = \"T\"\n}\n```\n"));
}

TEST(ModelCard, more_than_three_data_sets_are_folded_and_many_names_become_a_number) {
  ModelCard card = tiny_card();
  const CardDataset one = card.train_datasets[0];
  card.train_datasets.assign(4, one);
  EXPECT_TRUE(contains(to_markdown(card), "<details><summary>things</summary>\n\n\n#### things\n"));
  EXPECT_TRUE(contains(to_markdown(card), "- dataset_size:160\n"));
  for (CardDataset& dataset : card.train_datasets) dataset.name = std::string(60, 'n');
  EXPECT_TRUE(contains(to_markdown(card), " on 4 datasets using crossrank"));
}

TEST(ModelCard, further_tags_stand_behind_those_of_every_card_each_once) {
  ModelCard card = tiny_card();
  card.tags = {"mountains", "reranker", "mountains"};
  EXPECT_TRUE(contains(to_markdown(card), "- loss:BinaryCrossEntropyLoss\n- mountains\nbase_model:"));
}

TEST(ModelCard, a_long_log_is_folded) {
  ModelCard card = tiny_card();
  card.log.assign(101, {0.5, 7, {{"Training Loss", 1}}});
  EXPECT_TRUE(contains(to_markdown(card), "### Training Logs\n<details><summary>Click to expand</summary>\n\n| Epoch |"));
  EXPECT_FALSE(contains(to_markdown(card), "The bold row"));
}

// One line of everything that could end a cell, a list, a fence, a comment or the head.
constexpr const char* kHostile = "a|b\\|c `d` ```\n---\n# e <script>f</script> --> </code> [g](h) *i* \xF0\x9F\x98\x80 'j' \"k\" \xFF: - #";

TEST(ModelCard, hostile_texts_change_nothing_around_them) {
  ModelCard card = tiny_card();
  card.model_name = card.base_model = card.base_model_id = card.base_model_revision = card.model_id = card.license = card.task = kHostile;
  card.language = {kHostile};
  card.architecture = kHostile;
  DatasetStatistics statistics({kHostile, "label"}, length_in_characters());
  statistics.add({kHostile, std::string(5000, '|')});
  for (auto* datasets : {&card.train_datasets, &card.eval_datasets}) {
    datasets->assign(1, {kHostile, kHostile, kHostile, kHostile, 1, statistics.summary()});
  }
  for (CardExample& example : card.examples) example.query = example.document = kHostile;
  card.loss = {kHostile, {{kHostile, kHostile}}, kHostile};
  for (CardEvaluation& evaluation : card.evaluations) evaluation.name = evaluation.description = kHostile;
  card.all_hyperparameters = card.non_default_hyperparameters = card.hardware = card.versions = {{kHostile, kHostile}};
  for (CardLogRow& row : card.log) row.values.push_back({kHostile, 1});
  const std::string text = to_markdown(card);

  EXPECT_FALSE(contains(text, "<script>f</script> --> </code> [g](h)\n"));
  int dashes = 0, comments = 0;
  std::string fence;
  size_t bars = 0;  // of the table that goes on
  for (const std::string& line : lines_of(text)) {
    const size_t begin = std::min(line.find_first_not_of(' '), line.size());
    const size_t ticks = line.find_first_not_of('`', begin);
    const std::string run(line, begin, (ticks == std::string::npos ? line.size() : ticks) - begin);
    if (fence.empty() ? run.size() >= 3 : run.size() >= fence.size() && ticks == std::string::npos) {
      fence = fence.empty() ? run : "";
      continue;
    }
    if (!fence.empty()) continue;
    dashes += line == "---" ? 1 : 0;
    if (line == "<!--") ++comments;
    if (line == "-->") --comments;
    const size_t span = line.find("````"), after = line.rfind("````");  // a code span may hold anything
    const std::string shown = span == after ? line : line.substr(0, span) + line.substr(after);
    EXPECT_TRUE(dashes < 2 || !contains(shown, "<script>")) << line;
    if (line.compare(begin, 1, "|") != 0) {
      bars = 0;
      continue;
    }
    size_t own = 0;
    for (size_t i = begin; i < line.size(); ++i) {
      if (line[i] == '\\') ++i;
      else own += line[i] == '|' ? 1 : 0;
    }
    EXPECT_TRUE(bars == 0 || own == bars) << line;
    bars = own;
  }
  EXPECT_EQ(fence, "");
  EXPECT_EQ(comments, 0);
  EXPECT_EQ(dashes, 2) << "around the head, and nowhere else";
}

TEST(ModelCard, a_metric_that_is_no_number_is_shown_and_kept_from_the_hub) {
  ModelCard card = tiny_card();
  card.evaluations[2].result.metrics[0].value = -std::numeric_limits<double>::quiet_NaN();
  for (size_t i = 0; i < 3; ++i) card.evaluations[1].result.metrics[i].value = std::numeric_limits<double>::quiet_NaN();
  const std::string text = to_markdown(card);
  EXPECT_TRUE(contains(text, "| accuracy              | nan        |\n"));
  EXPECT_TRUE(contains(text, "nan (+nan)"));
  EXPECT_FALSE(contains(text, ".nan"));
  EXPECT_FALSE(contains(text, "type: accuracy\n"));
  EXPECT_FALSE(contains(text, "type: second-dev\n"));
}

}  // namespace
}  // namespace crossrank
