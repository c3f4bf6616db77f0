#include "run/card/training.h"

#include <fmt/format.h>

#include "run/card/log_table.h"
#include "run/card/markdown.h"
#include "run/card/python_text.h"

namespace crossrank {
namespace {

// The losses that the reference documents; all of crossrank's bear their names.
constexpr std::string_view kLossPages = "https://sbert.net/docs/package_reference/cross_encoder/losses.html#";
constexpr size_t kOpenDatasets = 3;  // more are folded
constexpr size_t kOpenLogRows = 100;

std::string folded(const std::string& title, const std::string& text) {
  return "<details><summary>" + title + "</summary>\n\n" + text + "\n</details>\n";
}

std::string column_list(const std::vector<ColumnStatistics>& columns) {
  std::string out;
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool last = i + 1 == columns.size();
    if (i > 0) out += !last ? ", " : columns.size() == 2 ? " and " : ", and ";
    out += markdown_code(columns[i].name);
  }
  return out;
}

std::string details_list(const std::vector<std::pair<std::string, std::string>>& details) {
  if (details.empty()) return "";
  std::string out = "<ul>";
  for (const auto& [name, value] : details) out += fmt::format("<li>{}: {}</li>", name, value);
  return out + "</ul>";
}

std::string statistics_table(const std::vector<ColumnStatistics>& columns) {
  std::vector<std::vector<std::string>> rows = {{""}, {"type"}, {"modality"}, {"details"}};
  for (const ColumnStatistics& column : columns) {
    rows[0].push_back(markdown_text(column.name));
    rows[1].push_back(column.type);
    rows[2].emplace_back(column.is_text ? "text" : "");
    rows[3].push_back(details_list(column.details));
  }
  return in_bullet(markdown_table(rows, Align::kLeft));
}

std::string samples_table(const DatasetSummary& summary) {
  std::vector<std::vector<std::string>> rows(1);
  for (const ColumnStatistics& column : summary.columns) rows[0].push_back(markdown_text(column.name));
  for (const std::vector<std::string>& sample : summary.samples) {
    rows.emplace_back();
    for (const std::string& cell : sample) rows.back().push_back(markdown_code(cell));
  }
  return in_bullet(markdown_table(rows, Align::kLeft));
}

bool is_commit(const std::string& revision) {
  return revision.size() == 40 && revision.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string dataset_bullet(const CardDataset& dataset) {
  if (dataset.name.empty()) return "";
  std::string out = "* Dataset: " + hub_link(dataset.name, dataset.hub_id, "datasets/");
  if (!dataset.config.empty()) out += ", configuration " + markdown_code_span(dataset.config);
  if (is_hub_id(dataset.hub_id) && is_commit(dataset.revision)) {
    out += fmt::format(" at [{}](https://huggingface.co/datasets/{}/tree/{})", dataset.revision.substr(0, 7), dataset.hub_id,
                       dataset.revision);
  }
  return out + "\n";
}

std::string loss_link(const std::string& name) {
  std::string page;
  for (const char c : name) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return markdown_code(name);
    page += c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return fmt::format("[{}]({}{})", markdown_code(name), kLossPages, page);
}

std::string loss_bullet(const CardLoss& loss) {
  const std::string out = "* Loss: " + loss_link(loss.name);
  if (loss.config.empty()) return out + "\n";
  std::string object;  // Json would sort the names
  const auto text = [](const Json& value) { return value.dump(4, ' ', true, Json::error_handler_t::replace); };
  for (const auto& [name, value] : loss.config) object += (object.empty() ? "{\n    " : ",\n    ") + text(name) + ": " + text(value);
  return out + " with these parameters:\n" + in_bullet(markdown_block("json", object + "\n}"));
}

std::string dataset_part(const CardDataset& dataset, std::string_view use, const CardLoss& loss) {
  std::string out =
      fmt::format("\n#### {}\n\n{}", dataset.name.empty() ? "Unnamed Dataset" : markdown_text(dataset.name), dataset_bullet(dataset));
  if (dataset.size > 0) out += fmt::format("* Size: {} {} samples\n", with_commas(dataset.size), use);
  const DatasetSummary& summary = dataset.summary;
  if (!summary.columns.empty()) {
    out += "* Columns: " + column_list(summary.columns) + "\n";
    out += fmt::format("* Approximate statistics based on the first {} samples:\n", summary.rows) + statistics_table(summary.columns);
  }
  if (!summary.samples.empty()) out += "* Samples:\n" + samples_table(summary);
  return loss.name.empty() ? out : out + loss_bullet(loss);
}

std::string datasets_part(const std::vector<CardDataset>& datasets, std::string_view title, std::string_view use, const CardLoss& loss) {
  if (datasets.empty()) return "";
  std::string out = fmt::format("\n### {} Dataset{}\n", title, datasets.size() == 1 ? "" : "s");
  for (const CardDataset& dataset : datasets) {
    const std::string part = dataset_part(dataset, use, loss);
    out += datasets.size() > kOpenDatasets ? folded(dataset.name.empty() ? "Unnamed Dataset" : markdown_text(dataset.name), part) : part;
  }
  return out;
}

// A bullet a value, the names as `shown` writes them.
std::string value_list(const NamesAndValues& values, std::string (*shown)(std::string_view name)) {
  std::string out;
  for (const auto& [name, value] : values) out += fmt::format("- {}: {}\n", shown(name), markdown_text(value));
  return out;
}

std::string bold(std::string_view text) { return "**" + markdown_text(text) + "**"; }

std::string hyperparameters_part(const ModelCard& card) {
  if (card.all_hyperparameters.empty()) return "";
  std::string out = "\n### Training Hyperparameters\n";
  if (!card.non_default_hyperparameters.empty()) {
    out += "#### Non-Default Hyperparameters\n\n" + value_list(card.non_default_hyperparameters, markdown_code_span) + "\n";
  }
  return out + "#### All Hyperparameters\n" + folded("Click to expand", value_list(card.all_hyperparameters, markdown_code_span));
}

std::string log_part(const ModelCard& card) {
  if (card.log.empty()) return "";
  const std::string table = log_table(card.log, card.saved_step);
  std::string out = "\n### Training Logs\n" + (card.log.size() > kOpenLogRows ? folded("Click to expand", table) : table);
  if (log_has_step(card.log, card.saved_step)) out += "\n* The bold row denotes the saved checkpoint.\n";
  return out;
}

std::string hardware_part(const ModelCard& card) {
  return card.hardware.empty() ? "" : "\n### Training Hardware\n" + value_list(card.hardware, bold);
}

std::string time_part(const ModelCard& card) {
  if (!card.training_seconds) return "";
  NamesAndValues times = {{"Training", spelled_duration(*card.training_seconds)}};
  if (card.evaluation_seconds) {
    times.emplace_back("Evaluation", spelled_duration(*card.evaluation_seconds));
    times.emplace_back("Total", spelled_duration(*card.training_seconds + *card.evaluation_seconds));
  }
  return "\n### Training Time\n" + value_list(times, bold);
}

std::string versions_part(const ModelCard& card) {
  return card.versions.empty() ? "" : "\n### Framework Versions\n" + value_list(card.versions, markdown_text);
}

}  // namespace

std::string spelled_duration(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} seconds", seconds);
  if (seconds < 3600) return fmt::format("{:.1f} minutes", seconds / 60);
  if (seconds < 86400) return fmt::format("{:.1f} hours", seconds / 3600);
  return fmt::format("{:.1f} days", seconds / 86400);
}

std::string training_section(const ModelCard& card) {
  return "## Training Details\n" + datasets_part(card.train_datasets, "Training", "training", card.loss) +
         datasets_part(card.eval_datasets, "Evaluation", "evaluation", card.loss) + hyperparameters_part(card) + log_part(card) +
         hardware_part(card) + time_part(card) + versions_part(card) + "\n";
}

}  // namespace crossrank
