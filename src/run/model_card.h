// ModelCard: all that README.md of a trained model says, and the page that it makes: the sections of the card that Sentence Transformers'
// trainer writes, in its order, with metadata for the Hub at its head.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "run/card/dataset_statistics.h"
#include "run/card/evaluations.h"

namespace crossrank {

using NamesAndValues = std::vector<std::pair<std::string, std::string>>;

/// A data set that was trained on or evaluated on. Only a name that is a Hub id gets links and a place in the metadata.
struct CardDataset {
  std::string name;      // empty: "Unnamed Dataset"
  std::string hub_id;    // "org/name"; empty where it is not on the Hub
  std::string config;    // may be empty
  std::string revision;  // a commit; may be empty
  int64_t size = 0;      // rows; 0: not known
  DatasetSummary summary;
};

struct CardLoss {
  std::string name;                                  // "BinaryCrossEntropyLoss"
  std::vector<std::pair<std::string, Json>> config;  // its parameters, in the reference's order
  std::string citation;                              // BibTeX; may be empty
};

/// Two texts and the model's scores of them, a label each; without scores the example shows their shape.
struct CardExample {
  std::string query, document;
  std::vector<double> scores;
};

/// What is known after one step, in the log's order: "Training Loss", "Validation Loss", then evaluators' primary metrics.
struct CardLogRow {
  double epoch = -1;  // -1 with step -1: not while training
  int64_t step = -1;
  std::vector<Metric> values;
};

struct ModelCard {
  std::string model_id;             // "org/name" where it will be pushed; may be empty
  std::string model_name;           // the title; empty: "CrossEncoder based on BASE"
  std::string base_model;           // as it was given; may be empty
  std::string base_model_id;        // its Hub id, where it is known
  std::string base_model_revision;  // a commit or branch; may be empty
  int64_t max_length = 0;
  int num_labels = 1;
  std::vector<std::string> language;  // codes: "en"
  std::vector<std::string> tags;      // beside those that every card has
  std::string license;                // "apache-2.0"
  std::string task;                   // "text reranking and semantic search"; empty: that, or for several labels that of pairs' classes
  std::string architecture;           // what the model is, printed as it is

  std::vector<CardExample> examples;  // the first texts of the data set: five in the reference's cards
  std::vector<CardDataset> train_datasets, eval_datasets;
  CardLoss loss;
  std::vector<CardEvaluation> evaluations;  // of the model that is saved

  NamesAndValues non_default_hyperparameters, all_hyperparameters;
  std::vector<CardLogRow> log;
  std::optional<int64_t> saved_step;  // whose row is bold

  NamesAndValues hardware;                                     // {"CPU Model", ".."}
  std::optional<double> training_seconds, evaluation_seconds;  // the first without the second
  NamesAndValues versions;                                     // {"crossrank", "0.1.0"}, {"libtorch", ..}, {"oneDNN", ..}
};

/// The whole README.md, UTF-8. Texts of users, data sets and models are shown as they are, whatever Markdown, HTML or YAML they hold.
std::string to_markdown(const ModelCard& card);

}  // namespace crossrank
