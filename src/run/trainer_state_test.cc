// Tests of trainer_state.h; the golden is the reference's own file, by tools/make_trainer_state_golden.py.
#include "run/trainer_state.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/mapped_file.h"

namespace crossrank {
namespace {

constexpr const char* kGolden = "tests/goldens/train/trainer_state.json";

TrainerState state_of_golden() {
  TrainerState state;
  state.max_steps = 4;
  state.num_train_epochs = 1;
  state.logging_steps = state.eval_steps = state.save_steps = 2;
  state.train_batch_size = 16;
  state.epoch = 0.5;
  state.global_step = 2;
  state.log(training_record(1.25, 3.5, 2e-5));
  const std::vector<Metric> metrics = {{"dev_ndcg@10", 0.75}};
  state.log(evaluation_record(0.5, metrics, {.seconds = 1.23456, .samples = 10, .steps = 2}));
  EXPECT_TRUE(state.offer_best(0.75, true));
  state.best_model_checkpoint = "out/checkpoint-2";
  return state;
}

TEST(TrainerState, json_is_that_of_the_reference) {
  const Json expected = parse_json(read_file(kGolden, 1 << 20), kGolden, ErrorCode::kInput);
  EXPECT_EQ(state_of_golden().to_json(), expected);
}

TEST(TrainerState, what_is_written_reads_back_the_same) {
  TrainerState state = read_trainer_state(kGolden);
  EXPECT_EQ(state.to_json(), state_of_golden().to_json());
  state.finished = true;
  EXPECT_EQ(TrainerState::from_json(state.to_json(), "state").to_json(), state.to_json());
}

TEST(TrainerState, the_best_metric_changes_only_for_a_better_one) {
  TrainerState state;
  state.global_step = 10;
  EXPECT_FALSE(state.offer_best(std::nan(""), true));
  EXPECT_TRUE(state.offer_best(0.5, true));
  state.global_step = 20;
  EXPECT_FALSE(state.offer_best(0.5, true));
  EXPECT_EQ(state.best_global_step, 10);
  EXPECT_TRUE(state.offer_best(0.4, false));
  EXPECT_EQ(state.best_global_step, 20);
}

TEST(TrainerState, a_damaged_file_names_itself_and_the_field) {
  Json json = TrainerState().to_json();
  json["global_step"] = "three";
  try {
    TrainerState::from_json(json, "out/trainer_state.json");
    FAIL();
  } catch (const Error& problem) {
    EXPECT_TRUE(std::string(problem.what()).starts_with("out/trainer_state.json: field global_step")) << problem.what();
  }
}

TEST(TrainerState, the_final_record_has_the_reference_keys) {
  const Json record = final_record(0.25, 0, {.seconds = 2, .samples = 100, .steps = 10});
  EXPECT_EQ(record, (Json{{"train_loss", 0.25},
                          {"total_flos", 0.0},
                          {"train_runtime", 2.0},
                          {"train_samples_per_second", 50.0},
                          {"train_steps_per_second", 5.0}}));
}

}  // namespace
}  // namespace crossrank
