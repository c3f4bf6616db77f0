#include "train/trainer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/error.h"
#include "run/checkpoint_folder.h"
#include "train/finished_folder.h"
#include "train/hub_push.h"
#include "train/optimizer.h"
#include "train/ordered_prefetch.h"
#include "train/recipe_evaluators.h"
#include "train/run_logs.h"
#include "train/run_state.h"
#include "train/run_triggers.h"
#include "train/training_setup.h"

namespace crossrank {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Batches made ahead for each thread that makes them: the reference's prefetch_factor.
constexpr int kAheadPerWorker = 2;
constexpr size_t kRowsInMessages = 5;

OptimizerOptions optimizer_options(const Recipe& recipe) {
  return {recipe.adam_beta1, recipe.adam_beta2, recipe.adam_epsilon, recipe.weight_decay};
}

class Trainer {
 public:
  Trainer(const Recipe& recipe, Processes& processes, const TrainEvents& events)
      : recipe_(recipe),
        processes_(processes),
        events_(events),
        setup_(TrainingSetup::make(recipe, processes)),
        optimizer_(setup_.model->parameters(), optimizer_options(recipe)),
        step_(*setup_.model, *setup_.scorer, *setup_.loss, optimizer_, processes,
              {.max_grad_norm = recipe.max_grad_norm, .scale_loss = recipe.fp16}),
        triggers_(recipe, setup_.plan.max_steps),
        clock_(setup_.plan.max_steps) {}

  void run() {
    begin();
    if (recipe_.eval_on_start && state_.global_step == 0) evaluate();
    for (int64_t epoch = state_.global_step / setup_.plan.steps_per_epoch; epoch < setup_.plan.epochs && !done(); ++epoch) run_epoch(epoch);
    finish();
  }

 private:
  bool done() const { return state_.global_step >= setup_.plan.max_steps; }
  bool is_first() const { return processes_.is_first(); }

  void say(const std::string& sentence) const {
    if (is_first() && events_.say) events_.say(sentence);
  }
  Progress stage(std::string_view what) const { return is_first() && events_.stage ? events_.stage(what) : Progress(); }

  RunState run_state() { return {setup_.model.get(), &optimizer_, &state_, &pending_, &times_, step_.loss_scale()}; }

  // A new state, or that of the checkpoint that the recipe goes on from.
  void begin() {
    const auto notice = [this](const std::string& message) { say(message); };
    if (is_first()) remove_unfinished_checkpoints(recipe_.output_dir);
    processes_.barrier();
    const auto checkpoint = checkpoint_to_resume(recipe_.output_dir, recipe_.resume_from_checkpoint.text, notice);
    require_same_start(checkpoint ? checkpoint->step : 0);
    if (checkpoint) {
      RunState state = run_state();
      read_run_state(state, *setup_.model, processes_, checkpoint->folder);
      step_.set_loss_scale(state.loss_scale);
      say(fmt::format("Going on from {} (step {} of {}).", checkpoint->folder.string(), state_.global_step, setup_.plan.max_steps));
      // Every machine sees the folder that it goes on from, so it sees the best one's beside it too, or none does.
      if (state_.best_model_checkpoint && !std::filesystem::is_directory(*state_.best_model_checkpoint)) {
        say(fmt::format("The best checkpoint so far, {}, is gone: the best from here on counts.", *state_.best_model_checkpoint));
        state_.best_model_checkpoint.reset();
      }
    }
    first_step_ = state_.global_step;
    state_.max_steps = setup_.plan.max_steps;
    state_.num_train_epochs = setup_.plan.epochs;
    state_.logging_steps = static_cast<double>(triggers_.logging_steps());
    state_.eval_steps = static_cast<double>(triggers_.eval_steps());
    state_.save_steps = static_cast<double>(triggers_.save_steps());
    state_.train_batch_size = recipe_.per_device_train_batch_size;
    if (is_first()) logs_ = std::make_unique<RunLogs>(recipe_, state_);
    start_ = now();
    seconds_before_ = times_.all;
    clock_.resume(start_);
  }

  // Without a disk that all machines share, only some of them may have the checkpoint.
  void require_same_start(int64_t step) const {
    at::Tensor steps = at::zeros({processes_.size()}, at::kLong);
    steps[processes_.rank()] = step;
    steps = steps.to(setup_.model->device());
    processes_.sum(steps);
    const int64_t first = steps[0].item<int64_t>();
    for (int rank = 1; rank < processes_.size(); ++rank) {
      const int64_t other = steps[rank].item<int64_t>();
      if (other == first) continue;
      throw error(ErrorCode::kInput,
                  "resume_from_checkpoint: process 0 would begin after step {} and process {} after step {}: all must see the same "
                  "checkpoints in {}; share the disk, or copy the folder",
                  first, rank, other, recipe_.output_dir);
    }
  }

  void run_epoch(int64_t epoch) {
    const RunPlan& plan = setup_.plan;
    const std::vector<BatchRows> batches = shard_of(setup_.order->epoch(epoch), processes_.size(), processes_.rank());
    const int64_t first = (state_.global_step - epoch * plan.steps_per_epoch) * recipe_.gradient_accumulation_steps;
    const int workers = static_cast<int>(std::max<int64_t>(recipe_.dataloader_num_workers, 1));
    OrderedPrefetch<TrainBatch> made(first, static_cast<int64_t>(batches.size()), workers, workers * kAheadPerWorker, [&](int64_t i) {
      return setup_.batch(*setup_.data, batches[static_cast<size_t>(i)], draw_seed(epoch, i));
    });
    int64_t batches_done = first;
    for (int64_t step = state_.global_step - epoch * plan.steps_per_epoch; step < plan.steps_per_epoch && !done(); ++step) {
      std::vector<TrainBatch> of_step;
      for (int64_t left = plan.batches_of_step(step, recipe_.gradient_accumulation_steps); left > 0; --left) {
        if (auto batch = made.next()) of_step.push_back(std::move(*batch));
      }
      if (of_step.empty()) break;  // no_duplicates may make fewer batches than it is said to
      batches_done += static_cast<int64_t>(of_step.size());
      take_step(of_step, plan.epoch_at(epoch, batches_done));
    }
    act(triggers_.after_epoch(state_.epoch));
  }

  // Different for each batch of each process, and the same when a run goes on.
  uint64_t draw_seed(int64_t epoch, int64_t batch) const {
    return static_cast<uint64_t>(recipe_.seed) + static_cast<uint64_t>(epoch * setup_.plan.batches_per_epoch + batch) * 7919 +
           static_cast<uint64_t>(processes_.rank());
  }

  void take_step(const std::vector<TrainBatch>& batches, double epoch_after) {
    learning_rate_ = setup_.schedule->learning_rate(state_.global_step);
    StepResult result;
    try {
      result = step_.run(batches, learning_rate_);
    } catch (const LossIsNoNumber& problem) {
      throw no_number(problem);
    }
    pending_.loss_sum += result.loss;
    gradient_norm_ = result.gradient_norm;
    ++state_.global_step;
    state_.epoch = epoch_after;
    state_.num_input_tokens_seen += result.tokens * processes_.size();
    tell(result);
    act(triggers_.after_step(state_.global_step));
  }

  Error no_number(const LossIsNoNumber& problem) const {
    std::string rows;
    for (size_t i = 0; i < std::min(problem.rows.size(), kRowsInMessages); ++i) {
      rows += (i == 0 ? "" : ", ") + setup_.data->where(problem.rows[i]);
    }
    if (problem.rows.size() > kRowsInMessages) rows += fmt::format(" and {} more", problem.rows.size() - kRowsInMessages);
    return error(ErrorCode::kModel,
                 "step {}: the loss is {}, of the rows {}; take a lower learning_rate or a longer warm-up, or look at these rows; the last "
                 "checkpoint is as it was",
                 state_.global_step + 1, problem.loss, rows);
  }

  void tell(const StepResult& result) {
    clock_.step(state_.global_step, result.pairs * processes_.size(), now());
    if (!is_first() || !events_.step) return;
    events_.step({.step = state_.global_step,
                  .max_steps = setup_.plan.max_steps,
                  .epoch = state_.epoch,
                  .loss = result.loss,
                  .learning_rate = learning_rate_,
                  .pairs_per_second = clock_.pairs_per_second(),
                  .seconds_left = clock_.seconds_left()});
  }

  void act(const Due& due) {
    if (pushes_.report()) rotate();
    if (due.log && state_.global_step > pending_.last_logged_step) log_loss();
    bool is_best = false;
    if (due.evaluate) is_best = evaluate();
    if (due.save || (recipe_.save_strategy == "best" && is_best)) save();
    clock_.resume(now());
  }

  double mean_over_processes(double value) {
    at::Tensor one = at::tensor({value}, at::kDouble).to(setup_.model->device());
    processes_.sum(one);
    return one.item<double>() / processes_.size();
  }

  void log_loss() {
    const double sum = mean_over_processes(pending_.loss_sum);
    const int64_t steps = state_.global_step - pending_.last_logged_step;
    pending_ = {.loss_sum = 0, .logged_loss_sum = pending_.logged_loss_sum + sum, .last_logged_step = state_.global_step};
    record(training_record(sum / static_cast<double>(steps), gradient_norm_, learning_rate_));
  }

  void record(Json values) {
    const Json& logged = state_.log(std::move(values));
    const bool best = is_best(logged);
    if (!is_first()) return;
    logs_->add(logged, state_);
    if (events_.log) events_.log(logged, best);
  }

  // True where the model is better than all before.
  bool evaluate() {
    const double start = now();
    std::optional<double> loss;
    int64_t rows = 0;
    if (setup_.eval_data) {
      loss = evaluation_loss();
      rows = setup_.eval_data->rows();
    }
    EvaluationRun run{.output = {}, .epoch = state_.epoch, .steps = state_.global_step};
    if (is_first()) run.output = std::filesystem::path(recipe_.output_dir) / "eval";
    evaluations_ =
        evaluate_all(setup_.evaluators, setup_.scorer->pair_scorer(), run, [this](std::string_view what) { return stage(what); });
    const double seconds = now() - start;
    times_.evaluation += seconds;
    const std::vector<Metric> metrics = evaluations_.metrics();
    record(
        evaluation_record(loss, metrics, {.seconds = seconds, .samples = evaluations_.pairs + rows, .steps = evaluations_.pairs + rows}));
    evaluated_step_ = state_.global_step;
    return state_.best_global_step == state_.global_step;
  }

  // Takes note of an evaluation that is better than all before.
  bool is_best(const Json& record) {
    const std::string key = evaluation_key(recipe_.best_metric());
    if (!record.contains(key) || !record[key].is_number()) return false;
    return state_.offer_best(record[key].get<double>(), recipe_.best_is_greatest());
  }

  double evaluation_loss() {
    const at::NoGradGuard no_graph;
    const int64_t rows = setup_.eval_data->rows(), size = recipe_.per_device_eval_batch_size;
    double sum = 0;
    const Progress progress = stage("evaluation loss");
    for (int64_t first = processes_.rank() * size; first < rows; first += size * processes_.size()) {
      BatchRows batch_rows;
      for (int64_t row = first; row < std::min(first + size, rows); ++row) batch_rows.push_back(row);
      const TrainBatch batch = setup_.batch(*setup_.eval_data, batch_rows, static_cast<uint64_t>(recipe_.seed + first));
      const at::Tensor value = setup_.loss->value(setup_.scorer->logits(batch.encodings), batch.texts);
      sum += value.item<double>() * static_cast<double>(batch_rows.size());
      if (progress) progress(first, rows);
    }
    return mean_over_processes(sum) * processes_.size() / static_cast<double>(rows);
  }

  void save() {
    std::optional<NewCheckpoint> checkpoint;
    if (is_first()) checkpoint.emplace(recipe_.output_dir, state_.global_step);
    if (state_.best_global_step == state_.global_step) {
      state_.best_model_checkpoint =
          (std::filesystem::path(recipe_.output_dir) / fmt::format("checkpoint-{}", state_.global_step)).string();
    }
    state_.finished = done();
    times_.all = seconds_before_ + now() - start_;
    if (recipe_.save_only_model) {
      if (is_first()) setup_.model->save(checkpoint->folder());
      if (is_first()) write_trainer_state(state_, checkpoint->folder() / "trainer_state.json");
    } else {
      write_run_state(run_state(), processes_, is_first() ? checkpoint->folder() : std::filesystem::path());
    }
    if (is_first()) {
      const Checkpoint written = checkpoint->commit();
      pushes_.begin(written);
      rotate();
    }
    processes_.barrier();
  }

  void rotate() const {
    std::vector<std::filesystem::path> kept;
    if (state_.best_model_checkpoint) kept.emplace_back(*state_.best_model_checkpoint);
    if (const auto pushed = pushes_.folder()) kept.push_back(*pushed);
    rotate_checkpoints(recipe_.output_dir, recipe_.save_total_limit.value_or(0), kept);
  }

  void finish() {
    const double seconds = now() - start_;
    const int64_t steps = state_.global_step - first_step_;
    const double loss_sum = pending_.logged_loss_sum + mean_over_processes(pending_.loss_sum);
    record(final_record(loss_sum / static_cast<double>(std::max<int64_t>(state_.global_step, 1)), state_.total_flos,
                        {.seconds = seconds,
                         .samples = steps * recipe_.per_device_train_batch_size * recipe_.gradient_accumulation_steps * processes_.size(),
                         .steps = steps}));
    const int64_t saved_step = take_best_model();
    if (!setup_.evaluators.empty() && evaluated_step_ != saved_step) evaluate_saved(saved_step);
    times_.all = seconds_before_ + now() - start_;
    if (is_first()) {
      if (pushes_.wait()) rotate();
      logs_->finish(state_);
      write_finished_folder({.recipe = recipe_,
                             .setup = setup_,
                             .state = state_,
                             .evaluations = evaluations_,
                             .saved_step = saved_step,
                             .times = times_,
                             .processes = processes_.size()},
                            [this](const std::string& sentence) { say(sentence); });
    }
    processes_.barrier();
  }

  // The step whose weights the model has at the end.
  int64_t take_best_model() {
    if (!recipe_.load_best_model_at_end || !state_.best_model_checkpoint) return state_.global_step;
    say(fmt::format("The best model is that of step {}: {} = {:.4f}.", *state_.best_global_step, recipe_.best_metric(),
                    *state_.best_metric));
    if (*state_.best_global_step == state_.global_step) return state_.global_step;
    if (is_first()) setup_.model->load_weights(*state_.best_model_checkpoint);
    const at::NoGradGuard no_graph;
    for (const TorchParameter& parameter : setup_.model->parameters()) {
      at::Tensor value = parameter.value.detach();  // the same memory
      processes_.broadcast(value);
    }
    return *state_.best_global_step;
  }

  // What the card says of the saved model, where it is not the one that was evaluated last.
  void evaluate_saved(int64_t saved_step) {
    const double start = now();
    const EvaluationRun run{.output = {}, .epoch = -1, .steps = -1};
    evaluations_ =
        evaluate_all(setup_.evaluators, setup_.scorer->pair_scorer(), run, [this](std::string_view what) { return stage(what); });
    const double seconds = now() - start;
    times_.evaluation += seconds;
    if (saved_step != state_.global_step) return;
    record(evaluation_record(std::nullopt, evaluations_.metrics(),
                             {.seconds = seconds, .samples = evaluations_.pairs, .steps = evaluations_.pairs}));
  }

  const Recipe& recipe_;
  Processes& processes_;
  const TrainEvents& events_;
  TrainingSetup setup_;
  Optimizer optimizer_;
  TrainStep step_;
  RunTriggers triggers_;
  TrainClock clock_;
  TrainerState state_;
  PendingLog pending_;
  RunTimes times_;
  std::unique_ptr<RunLogs> logs_;
  CheckpointPushes pushes_{recipe_, [this](const std::string& sentence) { say(sentence); }};
  Evaluations evaluations_;
  int64_t first_step_ = 0, evaluated_step_ = -1;
  double start_ = 0, seconds_before_ = 0, learning_rate_ = 0, gradient_norm_ = 0;
};

}  // namespace

void train(const Recipe& recipe, Processes& processes, const TrainEvents& events) {
  recipe.check();
  Trainer(recipe, processes, events).run();
}

}  // namespace crossrank
