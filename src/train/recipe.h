// Recipe: all that a training run is made of, read from TOML; keys are the names of the reference's TrainingArguments.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "data/dataset.h"
#include "eval/labeled_pairs.h"
#include "eval/nano_beir.h"
#include "eval/reranking.h"

namespace crossrank {

/// What a value may be: a number of this range, or one of these words.
struct ValueLimits {
  double low = std::numeric_limits<double>::lowest(), high = std::numeric_limits<double>::max();
  std::span<const std::string_view> words = {};
};

namespace recipe_words {
inline constexpr std::string_view kStrategy[] = {"no", "steps", "epoch"};
inline constexpr std::string_view kSaveStrategy[] = {"no", "steps", "epoch", "best"};
inline constexpr std::string_view kOptimizer[] = {"adamw_torch_fused", "adamw_torch"};
inline constexpr std::string_view kBatchSampler[] = {"batch_sampler", "no_duplicates", "group_by_label"};
inline constexpr std::string_view kSampling[] = {"random", "sequential", "group_by_length"};
inline constexpr std::string_view kHubStrategy[] = {"end", "every_save"};
inline constexpr std::string_view kEvaluator[] = {"reranking", "nano_beir", "classification", "correlation"};
}  // namespace recipe_words

/// A text, or true or false ("true", "false").
struct TextOrBool {
  std::string text = {};
};

/// [train_dataset], [eval_dataset]. Paths count from the folder where the program is called.
struct RecipeDataset {
  std::string path = {}, name = {}, config = {}, split = "train", revision = "main";
  std::vector<std::string> columns = {};
  int64_t max_rows = 0;

  static constexpr void visit(auto& self, auto&& field) {
    field("path", self.path, "data set: a file (.jsonl, .csv, .tsv, .parquet; .gz, .zst), a folder, or a Hub id", {});
    field("name", self.name, "what the model card calls it; by default its path", {});
    field("config", self.config, "configuration (subset) of a Hub data set", {});
    field("split", self.split, "split of a Hub data set, also train[:1000] or train[90%:]", {});
    field("revision", self.revision, "branch, tag or commit of a Hub data set", {});
    field("columns", self.columns,
          "columns that the loss gets, in its order; by default all, and label, labels, score or scores is the label", {});
    field("max_rows", self.max_rows, "rows to read; 0 reads all", {.low = 0});
  }
  DatasetOptions options() const { return {.path = path, .config = config, .split = split, .revision = revision}; }
};

/// [[evaluator]]: its keys are the flags of `crossrank evaluate TASK`, with underscores; the data set's are those of [train_dataset].
struct RecipeEvaluator {
  std::string type = {};   // kEvaluator
  std::string place = {};  // "FILE:LINE" of the table
  DatasetOptions data = {};
  RerankingOptions reranking = {};
  RerankingFields reranking_fields = {};
  NanoBeirOptions nano_beir = {};
  LabeledPairFields pair_fields = {};
  std::string name = {};  // of classification and correlation

  /// The fields that this type has; names with dashes, as the flags.
  static constexpr void visit(auto& self, auto&& field) {
    if (self.type == "nano_beir") return NanoBeirOptions::visit(self.nano_beir, field);
    DatasetOptions::visit(self.data, field);
    if (self.type == "reranking") {
      RerankingFields::visit(self.reranking_fields, field);
      return RerankingOptions::visit(self.reranking, field);
    }
    LabeledPairFields::visit(self.pair_fields, field);
    field("name", self.name, "stands before each metric and in the CSV file's name");
  }
};

/// [model_card]: what no run can know about itself.
struct RecipeCard {
  std::vector<std::string> language = {}, tags = {};
  std::string license = {}, model_name = {}, task_name = {}, base_model = {};

  static constexpr void visit(auto& self, auto&& field) {
    field("language", self.language, "languages of the data, as codes (\"en\")", {});
    field("license", self.license, "licence of the model, as the Hub writes it (\"apache-2.0\")", {});
    field("model_name", self.model_name, "title of the card; by default made of the base model and the data set", {});
    field("task_name", self.task_name, "what the model is for; by default by its number of labels", {});
    field("base_model", self.base_model, "what model was trained, as a Hub id, where `model` is a folder", {});
    field("tags", self.tags, "further tags for the Hub's search", {});
  }
};

/// One run. Fields and defaults are the reference's where it has them; others say so.
struct Recipe {
  std::string model = {}, output_dir = {}, loss = {};
  Json loss_parameters = Json::object();  // what the loss takes: make_loss() checks it
  int64_t max_length = 0, num_labels = 0;
  Json config_kwargs = Json::object();
  std::vector<std::string> freeze = {};

  int64_t per_device_train_batch_size = 8, per_device_eval_batch_size = 8;
  double num_train_epochs = 3;
  int64_t max_steps = -1;
  double learning_rate = 5e-5;
  std::string lr_scheduler_type = "linear";
  Json lr_scheduler_kwargs = Json::object();
  double warmup_ratio = 0, warmup_steps = 0;
  std::string optim = "adamw_torch_fused";
  double weight_decay = 0, adam_beta1 = 0.9, adam_beta2 = 0.999, adam_epsilon = 1e-8, max_grad_norm = 1;
  int64_t gradient_accumulation_steps = 1;
  bool bf16 = false, fp16 = false, gradient_checkpointing = false, use_cpu = false;

  std::string logging_strategy = "steps";
  double logging_steps = 500;
  bool logging_first_step = false;
  std::optional<std::string> run_name = {};
  std::string eval_strategy = "no";
  std::optional<double> eval_steps = {};
  double eval_delay = 0;
  bool eval_on_start = false;
  std::string save_strategy = "steps";
  double save_steps = 500;
  std::optional<int64_t> save_total_limit = {};
  bool save_only_model = false;
  bool load_best_model_at_end = false;
  std::optional<std::string> metric_for_best_model = {};
  std::optional<bool> greater_is_better = {};

  int64_t seed = 42;
  std::optional<int64_t> data_seed = {};
  bool dataloader_drop_last = false;
  int64_t dataloader_num_workers = 0;
  std::string batch_sampler = "batch_sampler", train_sampling_strategy = "random";
  int64_t ddp_timeout = 1800;
  TextOrBool resume_from_checkpoint = {};
  bool push_to_hub = false;
  std::optional<std::string> hub_model_id = {};
  std::optional<bool> hub_private_repo = {};
  std::string hub_strategy = "every_save";
  bool hub_always_push = false;
  std::optional<std::string> hub_revision = {};

  RecipeDataset train_dataset = {};
  std::optional<RecipeDataset> eval_dataset = {};
  std::vector<RecipeEvaluator> evaluators = {};
  RecipeCard model_card = {};

  /// Where a key was set, for messages: "recipe.toml:12: learning_rate", "--learning-rate"; by key, in tables "train_dataset.path".
  std::map<std::string, std::string, std::less<>> places = {};

  // The keys of the top level, without tables and the loss's own.
  static constexpr void visit(auto& self, auto&& field) {
    using namespace recipe_words;
    field("model", self.model, "model to train: a folder or a Hub id, a reranker or a plain encoder, which gets a new head", {});
    field("output_dir", self.output_dir, "folder for checkpoints, logs, the curves and the trained model", {});
    field("loss", self.loss, "what is learned: binary_cross_entropy, lambda, ..; its parameters stand beside it or in [loss_parameters]",
          {});
    field("max_length", self.max_length, "longest pair in tokens; 0 keeps the model's limit", {.low = 0});
    field("num_labels", self.num_labels, "outputs of a new head; 0 keeps the model's, and makes 1 where it has no head", {.low = 0});
    field("config_kwargs", self.config_kwargs, "fields that take the place of the model's config.json, a table (hidden_dropout_prob, ..)",
          {});
    field("freeze", self.freeze, "parameters that stay as they are: names or their beginnings (bert.embeddings)", {});
    field("per_device_train_batch_size", self.per_device_train_batch_size, "rows of a batch in each process", {.low = 1});
    field("per_device_eval_batch_size", self.per_device_eval_batch_size, "rows of a batch of eval_dataset", {.low = 1});
    field("num_train_epochs", self.num_train_epochs, "times that the data set is gone through, also a part of one (0.5)", {.low = 0});
    field("max_steps", self.max_steps, "steps of the optimizer instead of epochs; -1: num_train_epochs counts", {.low = -1});
    field("learning_rate", self.learning_rate, "highest learning rate of the schedule", {.low = 0});
    field("lr_scheduler_type", self.lr_scheduler_type, "how the learning rate goes: linear, cosine, polynomial, constant_with_warmup, ..",
          {});
    field("lr_scheduler_kwargs", self.lr_scheduler_kwargs, "what the schedule takes besides, a table (num_cycles, min_lr, ..)", {});
    field("warmup_ratio", self.warmup_ratio, "share of all steps in which the learning rate rises; the older name of warmup_steps below 1",
          {.low = 0, .high = 1});
    field("warmup_steps", self.warmup_steps, "steps in which the learning rate rises; below 1 a share of all steps", {.low = 0});
    field("optim", self.optim, "optimizer: AdamW, fused or not is the same here", {.words = kOptimizer});
    field("weight_decay", self.weight_decay, "decay of all weights but biases and norms, a step, times the learning rate", {.low = 0});
    field("adam_beta1", self.adam_beta1, "memory of the mean of gradients", {.low = 0, .high = 1});
    field("adam_beta2", self.adam_beta2, "memory of the mean of squared gradients", {.low = 0, .high = 1});
    field("adam_epsilon", self.adam_epsilon, "added to the root of the squared mean", {.low = 0});
    field("max_grad_norm", self.max_grad_norm, "longest gradient, longer ones are shortened to it; 0 does not", {.low = 0});
    field("gradient_accumulation_steps", self.gradient_accumulation_steps, "batches whose gradients make one step", {.low = 1});
    field("bf16", self.bf16, "matrix products in bfloat16, weights in fp32", {});
    field("fp16", self.fp16, "matrix products in float16 with a loss scale, on CUDA only", {});
    field("gradient_checkpointing", self.gradient_checkpointing, "keep less and compute layers twice: less memory, about a fifth slower",
          {});
    field("use_cpu", self.use_cpu, "train on the CPU though there is CUDA", {});
    field("logging_strategy", self.logging_strategy, "when the loss is logged: no, steps, epoch", {.words = kStrategy});
    field("logging_steps", self.logging_steps, "steps from one log to the next; below 1 a share of all steps", {.low = 0});
    field("logging_first_step", self.logging_first_step, "log the first step too", {});
    field("run_name", self.run_name, "name of the run in logs and curves", {});
    field("eval_strategy", self.eval_strategy, "when evaluators run: no, steps, epoch", {.words = kStrategy});
    field("eval_steps", self.eval_steps, "steps from one evaluation to the next, by default logging_steps; below 1 a share of all",
          {.low = 0});
    field("eval_delay", self.eval_delay, "steps or epochs before the first evaluation", {.low = 0});
    field("eval_on_start", self.eval_on_start, "evaluate before the first step", {});
    field("save_strategy", self.save_strategy, "when checkpoints are written: no, steps, epoch, best", {.words = kSaveStrategy});
    field("save_steps", self.save_steps, "steps from one checkpoint to the next; below 1 a share of all", {.low = 0});
    field("save_total_limit", self.save_total_limit, "checkpoints that are kept; the best one is always", {.low = 1});
    field("save_only_model", self.save_only_model, "checkpoints without optimizer and generator, from which no run goes on", {});
    field("load_best_model_at_end", self.load_best_model_at_end, "the trained model is the best checkpoint, not the last", {});
    field("metric_for_best_model", self.metric_for_best_model, "the metric that says which is best: gooaq-dev_ndcg@10, loss", {});
    field("greater_is_better", self.greater_is_better, "whether more of that metric is better; by default yes but for a loss", {});
    field("seed", self.seed, "of the new head, of dropout and of the order of rows", {.low = 0});
    field("data_seed", self.data_seed, "of the order of rows alone, for the samplers random and group_by_length; by default seed",
          {.low = 0});
    field("dataloader_drop_last", self.dataloader_drop_last, "leave out the last batch of an epoch where it is not full", {});
    field("dataloader_num_workers", self.dataloader_num_workers, "threads that tokenize ahead; 0: one", {.low = 0});
    field("batch_sampler", self.batch_sampler, "what makes batches: batch_sampler, no_duplicates, group_by_label",
          {.words = kBatchSampler});
    field("train_sampling_strategy", self.train_sampling_strategy, "order of rows: random, sequential, group_by_length",
          {.words = kSampling});
    field("ddp_timeout", self.ddp_timeout, "seconds that a process waits for the others", {.low = 1});
    field("resume_from_checkpoint", self.resume_from_checkpoint, "true goes on from the last good checkpoint of output_dir; or its folder",
          {});
    field("push_to_hub", self.push_to_hub, "push the trained model and its card to the Hub", {});
    field("hub_model_id", self.hub_model_id, "where to push: org/name; by default the last part of output_dir", {});
    field("hub_private_repo", self.hub_private_repo, "make a repository that is private", {});
    field("hub_strategy", self.hub_strategy, "when to push: end, every_save (the model of each checkpoint too)", {.words = kHubStrategy});
    field("hub_always_push", self.hub_always_push, "wait for a checkpoint that is still on its way, instead of leaving the next one out",
          {});
    field("hub_revision", self.hub_revision, "branch to push to; by default main", {});
  }

  /// "FILE:LINE: KEY", "--flag", or the key alone where it was not set.
  std::string place_of(std::string_view key) const;

  /// Steps or share of steps of the warm-up, by whichever name.
  double warmup() const { return warmup_ratio > 0 ? warmup_ratio : warmup_steps; }
  double evaluation_steps() const { return eval_steps.value_or(logging_steps); }
  std::string best_metric() const { return metric_for_best_model.value_or("loss"); }
  bool best_is_greatest() const { return greater_is_better.value_or(!best_metric().ends_with("loss")); }

  /// Error(kUsage) for what is absent and for keys that contradict each other; it names place and remedy. Call it once all is set.
  void check() const;

  /// All keys and tables, for an event file or a copy beside the model.
  Json to_json() const;
};

/// A key that may be set by a flag: "--" and the name with dashes ("train_dataset.path": --train-dataset.path).
struct RecipeKey {
  std::string name;
  std::string_view help;
  std::string_view value;    // "N", "X", "TEXT", "true|false", "TEXT,.."
  std::string default_text;  // empty where it is left open
};
std::vector<RecipeKey> recipe_keys();

/// Error(kIo, kUsage); an unknown key, a wrong type and a number out of range name file, line and key. `where` names the text.
Recipe parse_recipe(std::string_view toml, const std::string& where);
Recipe read_recipe(const std::filesystem::path& file);

/// Sets a key by a word of the command line, over what the file says. Error(kUsage) begins with the flag.
void set_recipe_key(Recipe& recipe, const std::string& key, const std::string& word);

using NamesAndValues = std::vector<std::pair<std::string, std::string>>;

/// The hyperparameters as the reference's model card lists them, in its order and spelling (Python's), without those that it leaves out
/// (logging, evaluation and saving); and those of them that differ from the reference's defaults.
NamesAndValues all_hyperparameters(const Recipe& recipe);
NamesAndValues non_default_hyperparameters(const Recipe& recipe);

}  // namespace crossrank
