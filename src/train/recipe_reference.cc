#include "train/recipe_reference.h"

#include <algorithm>

namespace crossrank {
namespace {

constexpr std::string_view kAdamW = "crossrank has AdamW, with adam_beta1, adam_beta2, adam_epsilon and weight_decay";
constexpr std::string_view kPython = "it says how Python feeds the device; here threads of the same process do, see dataloader_num_workers";
constexpr std::string_view kCompiled = "there is no Python to compile or to patch";
constexpr std::string_view kReports =
    "every run writes trainer_state.json, TensorBoard event files and curves.svg; nothing is sent to a service";
constexpr std::string_view kConsole = "a run shows its progress on a terminal and writes JSON lines into a pipe; --quiet is silent";
constexpr std::string_view kDistributed = "data parallel runs need nothing but --nproc-per-node, or torchrun's environment";
constexpr std::string_view kSharded = "models of this size need no sharding; crossrank trains data parallel";
constexpr std::string_view kNotCrossEncoder = "the reference's cross encoder trainer makes no use of it";
constexpr std::string_view kEvaluation = "evaluation streams packed batches and keeps nothing but scores";
constexpr std::string_view kEvalPrecision = "evaluation has the precision of training";
constexpr std::string_view kRecompute = "gradient_checkpointing is the switch, for every layer";
constexpr std::string_view kResume = "a run always goes on where it was, with the same next batches";
constexpr std::string_view kDoes = "the verb trains; what is evaluated say eval_strategy and [[evaluator]]";
constexpr std::string_view kNodes = "the process with RANK 0 writes, once";
constexpr std::string_view kOneDataset = "a recipe has one data set and one learning rate; put several data sets into one file";
constexpr std::string_view kToken = "a token in a file is soon published; crossrank takes HF_TOKEN or the Hub's token file";

constexpr ReferenceArgument kArguments[] = {
    {"output_dir", "None"},
    {"per_device_train_batch_size", "8"},
    {"num_train_epochs", "3.0"},
    {"max_steps", "-1"},
    {"learning_rate", "5e-05"},
    {"lr_scheduler_type", "linear"},
    {"lr_scheduler_kwargs", "None"},
    {"warmup_steps", "0"},
    {"optim", "adamw_torch_fused"},
    {"optim_args", "None", kAdamW},
    {"weight_decay", "0.0"},
    {"adam_beta1", "0.9"},
    {"adam_beta2", "0.999"},
    {"adam_epsilon", "1e-08"},
    {"optim_target_modules", "None", kAdamW},
    {"gradient_accumulation_steps", "1"},
    {"average_tokens_across_devices", "True", kNotCrossEncoder},
    {"max_grad_norm", "1.0"},
    {"label_smoothing_factor", "0.0", kNotCrossEncoder},
    {"bf16", "False"},
    {"fp16", "False"},
    {"bf16_full_eval", "False", kEvalPrecision},
    {"fp16_full_eval", "False", kEvalPrecision},
    {"tf32", "None", "fp32 is fp32 here; bf16 is the faster one"},
    {"activation_checkpointing", "False", kRecompute},
    {"activation_checkpointing_kwargs", "None", kRecompute},
    {"gradient_checkpointing", "False"},
    {"gradient_checkpointing_kwargs", "None", kRecompute},
    {"torch_compile", "False", kCompiled},
    {"torch_compile_backend", "None", kCompiled},
    {"torch_compile_mode", "None", kCompiled},
    {"use_liger_kernel", "False", kCompiled},
    {"liger_kernel_config", "None", kCompiled},
    {"use_cache", "False", "encoders have no cache of keys"},
    {"neftune_noise_alpha", "None", kNotCrossEncoder},
    {"torch_empty_cache_steps", "None", "memory is kept and used again; lower the batch size where it is short"},
    {"auto_find_batch_size", "False", "another batch size is another run; lower it and raise gradient_accumulation_steps"},
    {"logging_strategy", "steps"},
    {"logging_steps", "500"},
    {"logging_first_step", "False"},
    {"log_on_each_node", "True", kNodes},
    {"logging_nan_inf_filter", "True", "a loss that is no number ends the run and says where it came from"},
    {"include_num_input_tokens_seen", "no", "tokens are counted in any case"},
    {"log_level", "passive", kConsole},
    {"log_level_replica", "warning", kConsole},
    {"disable_tqdm", "False", kConsole},
    {"report_to", "[]", kReports},
    {"run_name", "None"},
    {"project", "huggingface", kReports},
    {"trackio_space_id", "None", kReports},
    {"trackio_bucket_id", "None", kReports},
    {"trackio_static_space_id", "None", kReports},
    {"eval_strategy", "no"},
    {"eval_steps", "None"},
    {"eval_delay", "0"},
    {"per_device_eval_batch_size", "8"},
    {"prediction_loss_only", "True", kEvaluation},
    {"eval_on_start", "False"},
    {"eval_do_concat_batches", "True", kEvaluation},
    {"eval_use_gather_object", "False", kEvaluation},
    {"eval_accumulation_steps", "None", kEvaluation},
    {"include_for_metrics", "[]", kEvaluation},
    {"batch_eval_metrics", "False", kEvaluation},
    {"save_only_model", "False"},
    {"save_strategy", "steps"},
    {"save_steps", "500"},
    {"save_on_each_node", "False", kNodes},
    {"save_total_limit", "None"},
    {"enable_jit_checkpoint", "False", "a run that is ended at any moment goes on from its last checkpoint"},
    {"push_to_hub", "False"},
    {"hub_token", "<HUB_TOKEN>", kToken},
    {"hub_private_repo", "None"},
    {"hub_model_id", "None"},
    {"hub_strategy", "every_save"},
    {"hub_always_push", "False"},
    {"hub_revision", "None"},
    {"load_best_model_at_end", "False"},
    {"metric_for_best_model", "None"},
    {"greater_is_better", "None"},
    {"ignore_data_skip", "False", kResume},
    {"restore_callback_states_from_checkpoint", "False", kResume},
    {"full_determinism", "False", "on CPU every run is deterministic"},
    {"seed", "42"},
    {"data_seed", "None"},
    {"use_cpu", "False"},
    {"accelerator_config",
     "{'split_batches': False, 'dispatch_batches': None, 'even_batches': True, 'use_seedable_sampler': True, 'non_blocking': False, "
     "'gradient_accumulation_kwargs': None}",
     kDistributed},
    {"parallelism_config", "None", kDistributed},
    {"dataloader_drop_last", "False"},
    {"dataloader_num_workers", "0"},
    {"dataloader_pin_memory", "True", kPython},
    {"dataloader_persistent_workers", "False", kPython},
    {"dataloader_prefetch_factor", "None", kPython},
    {"dataloader_multiprocessing_context", "None", kPython},
    {"dataloader_in_order", "True", kPython},
    {"remove_unused_columns", "True", "[train_dataset] columns names those that are used"},
    {"label_names", "None", "[train_dataset] columns names those that are used"},
    {"train_sampling_strategy", "random"},
    {"length_column_name", "length", "group_by_length measures the texts itself"},
    {"ddp_find_unused_parameters", "None", kDistributed},
    {"ddp_bucket_cap_mb", "None", kDistributed},
    {"ddp_broadcast_buffers", "False", kDistributed},
    {"ddp_static_graph", "None", kDistributed},
    {"ddp_backend", "None", kDistributed},
    {"ddp_timeout", "1800"},
    {"fsdp", "None", kSharded},
    {"fsdp_config", "None", kSharded},
    {"deepspeed", "None", kSharded},
    {"debug", "[]", kConsole},
    {"skip_memory_metrics", "True", kConsole},
    {"do_train", "False", kDoes},
    {"do_eval", "False", kDoes},
    {"do_predict", "False", kDoes},
    {"resume_from_checkpoint", "None"},
    {"local_rank", "-1", kDistributed},
    {"prompts", "None", kOneDataset},
    {"batch_sampler", "batch_sampler"},
    {"multi_dataset_batch_sampler", "proportional", kOneDataset},
    {"router_mapping", "{}", kNotCrossEncoder},
    {"learning_rate_mapping", "{}", kOneDataset},
    {"warmup_ratio", "None"},
};

// Names that the reference has had, and what they are called now.
constexpr ReferenceArgument kFormer[] = {
    {"group_by_length", "", "it is now train_sampling_strategy = \"group_by_length\""},
    {"evaluation_strategy", "", "it is now eval_strategy"},
    {"no_cuda", "", "it is now use_cpu"},
    {"use_mps_device", "", "crossrank trains on CPUs and on CUDA"},
    {"overwrite_output_dir", "", "a run never overwrites checkpoints but those of its own steps; give another output_dir"},
    {"logging_dir", "", "event files go to output_dir/runs"},
    {"save_safetensors", "", "weights are always saved as safetensors"},
    {"adafactor", "", kAdamW},
    {"jit_mode_eval", "", kCompiled},
    {"half_precision_backend", "", "bf16 is the switch"},
    {"push_to_hub_token", "", kToken},
    {"push_to_hub_model_id", "", "it is now hub_model_id"},
    {"per_gpu_train_batch_size", "", "it is now per_device_train_batch_size"},
    {"per_gpu_eval_batch_size", "", "it is now per_device_eval_batch_size"},
    {"tpu_num_cores", "", "crossrank trains on CPUs and on CUDA"},
};

constexpr std::string_view kLeftOutOfCard[] = {
    "output_dir",    "logging_strategy", "logging_first_step", "logging_steps",         "eval_strategy",     "eval_steps", "eval_delay",
    "save_strategy", "save_steps",       "save_total_limit",   "metric_for_best_model", "greater_is_better", "report_to",  "do_train",
    "do_eval",       "run_name",         "hub_token"};

}  // namespace

std::span<const ReferenceArgument> reference_arguments() { return kArguments; }

std::string_view why_not_taken(std::string_view key) {
  for (const ReferenceArgument& argument : kArguments) {
    if (argument.name == key) return argument.why_not;
  }
  for (const ReferenceArgument& argument : kFormer) {
    if (argument.name == key) return argument.why_not;
  }
  return {};
}

bool is_left_out_of_card(std::string_view name) {
  return std::find(std::begin(kLeftOutOfCard), std::end(kLeftOutOfCard), name) != std::end(kLeftOutOfCard);
}

}  // namespace crossrank
