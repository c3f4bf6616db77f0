#include "train/run_state.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <bit>
#include <cstring>
#include <span>

#include "arch/safetensors.h"
#include "arch/safetensors_writer.h"
#include "arch/settings.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "torch/random_state.h"

namespace crossrank {
namespace {

constexpr const char* kMoments = "optimizer.safetensors";
constexpr const char* kRunState = "run_state.json";
constexpr const char* kTrainerState = "trainer_state.json";

std::string hexadecimal(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string from_hexadecimal(const std::string& text, const std::string& where) {
  std::string bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    const auto digit = [&](char c) -> int {
      if (c >= '0' && c <= '9') return c - '0';
      if (c >= 'a' && c <= 'f') return c - 'a' + 10;
      throw error(ErrorCode::kInput, "{}: a random state is no row of hexadecimal digits", where);
    };
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  }
  return bytes;
}

// Everybody's bytes, which are equally long, on every process.
std::vector<std::string> gathered(const std::string& own, Processes& processes, c10::Device device) {
  at::Tensor all = at::zeros({processes.size(), static_cast<int64_t>(own.size())}, at::kInt);
  auto* row = all.data_ptr<int32_t>() + static_cast<int64_t>(processes.rank()) * static_cast<int64_t>(own.size());
  for (size_t i = 0; i < own.size(); ++i) row[i] = static_cast<unsigned char>(own[i]);
  at::Tensor shared = all.to(device);
  processes.sum(shared);
  all = shared.cpu();
  std::vector<std::string> texts;
  for (int rank = 0; rank < processes.size(); ++rank) {
    std::string text(own.size(), '\0');
    const auto* values = all.data_ptr<int32_t>() + static_cast<int64_t>(rank) * static_cast<int64_t>(own.size());
    for (size_t i = 0; i < own.size(); ++i) text[i] = static_cast<char>(values[i]);
    texts.push_back(std::move(text));
  }
  return texts;
}

void write_moments(const Optimizer& optimizer, const std::filesystem::path& file) {
  std::vector<at::Tensor> alive;  // on the CPU, while they are written
  std::vector<NamedTensor> tensors;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    alive.push_back(tensor.cpu().contiguous());
    tensors.push_back({name, tensor.sizes().vec(), {alive.back().data_ptr<float>(), static_cast<size_t>(tensor.numel())}});
  };
  for (size_t i = 0; i < optimizer.moments().size(); ++i) {
    add("exp_avg." + optimizer.parameters()[i].name, optimizer.moments()[i].first);
    add("exp_avg_sq." + optimizer.parameters()[i].name, optimizer.moments()[i].second);
  }
  write_safetensors(file, tensors);
}

at::Tensor read_moment(const Safetensors& tensors, const std::string& name, const at::Tensor& like, const std::filesystem::path& file) {
  const auto found = tensors.tensors().find(name);
  if (found == tensors.tensors().end() || found->second.shape != like.sizes().vec()) {
    throw error(ErrorCode::kInput, "{}: no tensor {} of the model's shape: the checkpoint is of another model", file.string(), name);
  }
  at::Tensor values = at::empty(like.sizes(), at::kFloat);
  found->second.read(0, {values.data_ptr<float>(), static_cast<size_t>(values.numel())});
  return values.to(like.device());
}

}  // namespace

void write_run_state(const RunState& run, Processes& processes, const std::filesystem::path& folder) {
  const c10::Device device = run.model->device();
  const std::vector<std::string> cpu_states = gathered(RandomState::of(c10::kCPU).bytes(), processes, device);
  const std::vector<std::string> device_states =
      device.is_cpu() ? std::vector<std::string>() : gathered(RandomState::of(device).bytes(), processes, device);
  double sums[] = {run.pending->loss_sum};
  std::vector<std::string> losses = gathered({reinterpret_cast<const char*>(sums), sizeof sums}, processes, device);
  if (!processes.is_first()) return;
  run.model->save(folder);
  write_moments(*run.optimizer, folder / kMoments);
  Json json = {{"optimizer_steps", run.optimizer->steps()},
               {"loss_scale", run.loss_scale},
               {"logged_loss_sum", run.pending->logged_loss_sum},
               {"last_logged_step", run.pending->last_logged_step},
               {"seconds", run.times->all},
               {"evaluation_seconds", run.times->evaluation},
               {"processes", Json::array()}};
  for (size_t rank = 0; rank < losses.size(); ++rank) {
    Json process = {{"loss_sum", hexadecimal(losses[rank])}, {"cpu_random_state", hexadecimal(cpu_states[rank])}};
    if (!device_states.empty()) process["device_random_state"] = hexadecimal(device_states[rank]);
    json["processes"].push_back(std::move(process));
  }
  write_file(folder / kRunState, json.dump(1) + "\n");
  write_trainer_state(*run.state, folder / kTrainerState);
}

void read_run_state(RunState& run, TorchModel& model, Processes& processes, const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kRunState;
  const std::optional<Json> json = read_json_if_there(file);
  if (!json) throw error(ErrorCode::kInput, "{}: not there: the folder is no checkpoint of crossrank", file.string());
  const JsonObject object(*json, file.string(), ErrorCode::kInput);
  const Json& all = object.array("processes");
  if (static_cast<int>(all.size()) != processes.size()) {
    throw error(ErrorCode::kInput, "{}: written by {} processes, and this run has {}; start as many", file.string(), all.size(),
                processes.size());
  }
  const JsonObject own(all[static_cast<size_t>(processes.rank())], file.string() + ": processes", ErrorCode::kInput);
  model.load_weights(folder);

  const std::filesystem::path moments_file = folder / kMoments;
  const Safetensors tensors = Safetensors::open(moments_file);
  std::vector<Moments> moments;
  for (const TorchParameter& parameter : run.optimizer->parameters()) {
    moments.push_back({read_moment(tensors, "exp_avg." + parameter.name, parameter.value, moments_file),
                       read_moment(tensors, "exp_avg_sq." + parameter.name, parameter.value, moments_file)});
  }
  run.optimizer->restore(object.integer("optimizer_steps", 0, INT64_MAX), std::move(moments));
  run.loss_scale = object.number("loss_scale");
  run.pending->logged_loss_sum = object.number("logged_loss_sum");
  run.pending->last_logged_step = object.integer("last_logged_step", 0, INT64_MAX);
  run.times->all = object.number("seconds", 0);  // a checkpoint of an earlier version has none
  run.times->evaluation = object.number("evaluation_seconds", 0);
  const std::string sum = from_hexadecimal(own.string("loss_sum"), file.string());
  if (sum.size() != sizeof(double)) throw error(ErrorCode::kInput, "{}: field loss_sum: {} bytes, expected 8", file.string(), sum.size());
  std::memcpy(&run.pending->loss_sum, sum.data(), sizeof(double));
  *run.state = read_trainer_state(folder / kTrainerState);
  RandomState::from_bytes(c10::kCPU, from_hexadecimal(own.string("cpu_random_state"), file.string())).restore();
  if (!model.device().is_cpu()) {
    RandomState::from_bytes(model.device(), from_hexadecimal(own.string("device_random_state"), file.string())).restore();
  }
}

}  // namespace crossrank
