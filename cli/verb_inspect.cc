// crossrank inspect: what a model is.
#include <fmt/format.h>

#include <memory>

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace crossrank {
namespace {

constexpr const char* kExamples = R"(Examples:
  crossrank inspect
  crossrank inspect -m path/to/model --precision int8
  crossrank inspect -m path/to/model --format json)";

struct InspectArguments {
  ModelArguments model;
  OutputFormat format = OutputFormat::kAuto;
  std::string output;
};

// Bytes of the weights when the matrices have `matrix_bytes` a number; the rest stays fp32.
int64_t memory(const ModelInfo& info, int64_t matrix_bytes) {
  return (info.parameters - info.matrix_parameters) * 4 + info.matrix_parameters * matrix_bytes;
}

nlohmann::ordered_json to_json(const ModelInfo& info) {
  return {{"model", info.folder},
          {"model_type", info.model_type},
          {"architecture", info.architecture},
          {"num_labels", info.num_labels},
          {"labels", info.labels},
          {"activation", info.activation},
          {"max_length", info.max_length},
          {"num_layers", info.num_layers},
          {"hidden_size", info.hidden_size},
          {"num_heads", info.num_heads},
          {"intermediate_size", info.intermediate_size},
          {"vocab_size", info.vocab_size},
          {"parameters", info.parameters},
          {"matrix_parameters", info.matrix_parameters},
          {"stored_as", info.stored_as},
          {"precision", info.precision},
          {"precision_reason", info.precision_reason},
          {"instruction_set", info.instruction_set},
          {"threads", info.threads},
          {"memory_bytes", {{"fp32", memory(info, 4)}, {"bf16", memory(info, 2)}, {"int8", memory(info, 1)}}}};
}

std::string to_table(const ModelInfo& info) {
  const auto mib = [](int64_t bytes) { return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20)); };
  const std::string labels = info.labels.empty() ? "" : fmt::format(" ({})", fmt::join(info.labels, ", "));
  const std::pair<const char*, std::string> rows[] = {
      {"model", info.folder},
      {"architecture", fmt::format("{} ({})", info.architecture, info.model_type)},
      {"labels", fmt::format("{}{}", info.num_labels, labels)},
      {"activation", info.activation},
      {"max length", fmt::format("{} tokens", info.max_length)},
      {"layers", fmt::format("{} of hidden size {}, {} heads, intermediate size {}", info.num_layers, info.hidden_size, info.num_heads,
                             info.intermediate_size)},
      {"vocabulary", fmt::format("{} tokens", info.vocab_size)},
      {"parameters", fmt::format("{:.1f} million, stored as {}", static_cast<double>(info.parameters) / 1e6, info.stored_as)},
      {"memory", fmt::format("{} in fp32, {} in bf16, {} in int8", mib(memory(info, 4)), mib(memory(info, 2)), mib(memory(info, 1)))},
      {"runs in", fmt::format("{} on {}, {} thread{}", info.precision, info.instruction_set, info.threads, info.threads == 1 ? "" : "s")},
      {"because", info.precision_reason},
  };
  std::string out;
  for (const auto& [name, value] : rows) out += fmt::format("{:<12}  {}\n", name, one_line(value, 1000));
  return out;
}

void run(const InspectArguments& arguments) {
  const Reranker reranker = arguments.model.load();
  Output output(arguments.output);
  switch (settle_format(arguments.format, arguments.output)) {
    case OutputFormat::kTable:
      output.write(to_table(reranker.info()));
      break;
    case OutputFormat::kJson:
      output.write(to_json(reranker.info()).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
      break;
    default:
      output.write(to_json(reranker.info()).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  }
  output.finish();
}

}  // namespace

RunVerb add_inspect(Command command) {
  auto arguments = std::make_shared<InspectArguments>();
  command.description(
      "Shows what a model is: architecture, labels, activation, lengths, parameters, memory for each precision, and which one runs and "
      "why.");
  command.footer(kExamples);
  add_format_flag(command, arguments->format);
  add_output_flag(command, arguments->output);
  arguments->model.add_to(command);
  return [arguments] { run(*arguments); };
}

}  // namespace crossrank
