// crossrank rank: documents for a query, best first.
#include <fmt/format.h>

#include <iterator>
#include <memory>
#include <optional>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/fitting_reader.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace crossrank {
namespace {

constexpr const char* kExamples = R"(Examples:
  crossrank rank -q "how tall is K2?" passages.txt
  crossrank rank -q "how tall is K2?" -k 10 --return-documents passages.jsonl
  crossrank rank -q "how tall is K2?" --text-field body articles.csv
  crossrank rank -q "how tall is K2?" --text-field body articles.parquet
  cat passages.txt | crossrank rank -q "how tall is K2?" --format json
  crossrank rank --input requests.jsonl --output rankings.jsonl
A line of requests.jsonl: {"id": 7, "query": "how tall is K2?", "documents": ["8,611 metres.", "It is a mountain."]})";

constexpr size_t kMaxGroup = 256;  // requests that are packed together

struct RankArguments {
  ModelArguments model;
  InputArguments input;
  std::string query, requests, output;
  std::optional<Flag> query_flag;
  RankOptions options;
  OutputFormat format = OutputFormat::kAuto;
  bool return_documents = false;
};

void append_result(std::string& out, const Ranking& result, const std::string* text) {
  fmt::format_to(std::back_inserter(out), "{{\"corpus_id\":{},\"score\":", result.index);
  append_json(out, result.score);
  out += ",\"logit\":";
  append_json(out, result.logit);
  if (text != nullptr) {
    out += ",\"text\":";
    append_json(out, *text);
  }
  if (result.truncated > 0) fmt::format_to(std::back_inserter(out), ",\"truncated\":{}", result.truncated);
  out += '}';
}

std::string results_table(std::span<const Ranking> results, std::span<const std::string> documents) {
  const std::string header[] = {"rank", "score", "logit", "corpus_id", "text"};
  std::vector<std::vector<std::string>> rows;
  for (const Ranking& result : results) {
    const auto position = rows.size() + 1;
    rows.push_back({fmt::format("{}", position), fmt::format("{:.4f}", result.score), fmt::format("{:.3f}", result.logit),
                    fmt::format("{}", result.index), documents[static_cast<size_t>(result.index)]});
    if (result.truncated > 0) rows.back().back().insert(0, fmt::format("[{} tokens cut] ", result.truncated));
  }
  return table(header, rows, terminal_width());
}

void rank_documents(const RankArguments& arguments) {
  arguments.input.require_input();
  ExampleReader reader(arguments.input.options, ExampleKind::kDocument);
  const Reranker reranker = arguments.model.load();
  FittingExamples examples{reader, reranker, arguments.options.predict, arguments.query};
  std::vector<std::string> documents;
  Example example;
  while (arguments.input.next(examples, example)) documents.push_back(std::move(example.document));
  if (documents.empty()) throw nothing_in(reader.name());

  Output output(arguments.output);
  std::vector<Ranking> results;
  {
    ProgressBar bar(arguments.model.quiet);
    results = reranker.rank(arguments.query, documents, arguments.options, bar.part(0, 1));
  }
  const OutputFormat format = settle_format(arguments.format, arguments.output);
  if (format == OutputFormat::kTable) {
    output.write(results_table(results, documents));
  } else {
    std::string text;
    if (format == OutputFormat::kJson) text = "[\n";
    for (const Ranking& result : results) {
      append_result(text, result, arguments.return_documents ? &documents[static_cast<size_t>(result.index)] : nullptr);
      text += format == OutputFormat::kJson && &result != &results.back() ? ",\n" : "\n";
    }
    if (format == OutputFormat::kJson) text += "]\n";
    output.write(text);
  }
  output.finish();
}

// {"id":..,"results":[..]}
std::string answer(const RankRequest& request, std::span<const Ranking> results, bool return_documents) {
  std::string out = "{\"id\":" + request.id.dump(-1, ' ', false, Json::error_handler_t::replace) + ",\"results\":[";
  for (const Ranking& result : results) {
    if (&result != &results.front()) out += ',';
    append_result(out, result, return_documents ? &request.documents[static_cast<size_t>(result.index)] : nullptr);
  }
  return out + "]}";
}

// Requests are taken in groups: enough to fill a few batches, never so many that memory grows with the file.
bool read_group(const RankArguments& arguments, FittingRequests& reader, std::vector<RankRequest>& group) {
  group.clear();
  size_t bytes = 0;
  RankRequest request;
  while (bytes < chunk_bytes(arguments.options.predict) && group.size() < kMaxGroup && arguments.input.next(reader, request)) {
    for (const std::string& document : request.documents) bytes += request.query.size() + document.size();
    group.push_back(std::move(request));
    request = {};
  }
  return !group.empty();
}

void rank_requests(RankArguments arguments) {
  if (arguments.format == OutputFormat::kTable)
    throw error(ErrorCode::kUsage, "--format table: rankings of requests come as jsonl or json");
  arguments.input.options.file = arguments.requests;
  RequestReader reader(arguments.input.options);
  const Reranker reranker = arguments.model.load();
  Output output(arguments.output);
  const bool json = arguments.format == OutputFormat::kJson;

  FittingRequests fitting{reader, reranker, arguments.options.predict};
  ProgressBar bar(arguments.model.quiet);
  std::vector<RankRequest> group;
  double from = reader.fraction_read();
  bool first = true;
  while (read_group(arguments, fitting, group)) {
    std::vector<Reranker::Request> requests;
    requests.reserve(group.size());
    for (const RankRequest& request : group) requests.push_back({request.query, request.documents});
    const auto results = reranker.rank(requests, arguments.options, bar.part(from, reader.fraction_read()));
    from = reader.fraction_read();
    for (size_t i = 0; i < group.size(); ++i) {
      if (json) output.write(first ? "[\n" : ",\n");
      output.write(answer(group[i], results[i], arguments.return_documents));
      if (!json) output.write("\n");
      first = false;
    }
    output.flush();
  }
  if (first) throw nothing_in(reader.name());
  if (json) output.write("\n]\n");
  output.finish();
}

void run(const RankArguments& arguments) {
  const bool has_query = arguments.query_flag->given();
  if (has_query && arguments.requests.empty()) return rank_documents(arguments);
  if (has_query) throw error(ErrorCode::kUsage, "rank: --query and --input exclude each other: requests bring their own queries");
  if (arguments.requests.empty()) {
    throw error(ErrorCode::kUsage, "rank: say what to rank for: --query TEXT with a FILE of documents, or --input FILE with requests");
  }
  if (arguments.input.options.file != "-") throw error(ErrorCode::kUsage, "rank: a FILE of documents and --input exclude each other");
  rank_requests(arguments);
}

}  // namespace

RunVerb add_rank(Command command) {
  auto arguments = std::make_shared<RankArguments>();
  command.description("Ranks documents by how well they answer a query, best first; ties keep the order of the input.");
  command.footer(kExamples);
  arguments->query_flag = command.add_text("-q,--query", arguments->query, "what the documents are ranked for").value_name("TEXT");
  arguments->input.add_to(command, "documents: .txt (one a line), .jsonl (strings or {\"text\"}), .csv, .tsv, .parquet; also .gz, .zst",
                          ExampleKind::kDocument);
  command.add_text("--input", arguments->requests, "JSON Lines of requests {\"query\", \"documents\", \"id\"}; - is standard input")
      .value_name("FILE");
  add_flags(command, arguments->options);
  command.add_switch("--return-documents", arguments->return_documents, "add each document's text to its result");
  add_format_flag(command, arguments->format);
  add_output_flag(command, arguments->output);
  arguments->model.add_to(command);
  return [arguments] { run(*arguments); };
}

}  // namespace crossrank
