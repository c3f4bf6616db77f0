// crossrank tokenize: texts and pairs as the model sees them.
#include <fmt/format.h>

#include <memory>

#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/verbs.h"

namespace crossrank {
namespace {

constexpr const char* kExamples = R"(Examples:
  crossrank tokenize texts.txt
  crossrank tokenize pairs.jsonl
  echo "how tall is K2?" | crossrank tokenize
  crossrank tokenize --max-length 128 --truncation document pairs.tsv)";

struct TokenizeArguments {
  ModelArguments model;
  InputArguments input;
  PredictOptions options;
  std::string output;
};

std::string tokens_line(const Reranker::Tokens& tokens) {
  std::string out =
      fmt::format("{{\"ids\":[{}],\"type_ids\":[{}],\"tokens\":", fmt::join(tokens.ids, ","), fmt::join(tokens.type_ids, ","));
  append_json_list(out, tokens.tokens);
  return out + fmt::format(",\"truncated\":{}}}\n", tokens.truncated);
}

void run(TokenizeArguments arguments) {
  arguments.input.require_input();
  ExampleReader reader(arguments.input.options, ExampleKind::kEither);
  arguments.model.load_options.describe_only = true;  // a tokenizer alone
  const Reranker reranker = arguments.model.load();
  Output output(arguments.output);
  Example example;
  bool empty = true;
  while (arguments.input.next(reader, example)) {
    output.write(tokens_line(example.query ? reranker.tokenize({*example.query, example.document}, arguments.options)
                                           : reranker.tokenize(example.document, arguments.options)));
    empty = false;
  }
  if (empty) throw nothing_in(reader.name());
  output.finish();
}

}  // namespace

RunVerb add_tokenize(Command command) {
  auto arguments = std::make_shared<TokenizeArguments>();
  command.description("Shows the ids, segments and tokens of texts or pairs: one JSON line each, in the order of the input.");
  command.footer(kExamples);
  arguments->input.add_to(
      command, "texts or pairs: .txt, .jsonl (strings, {\"text\"}, {\"query\", \"document\"}), .csv, .tsv, .parquet; also .gz, .zst",
      ExampleKind::kEither);
  add_flags(command, arguments->options);
  add_output_flag(command, arguments->output);
  arguments->model.add_to(command);
  return [arguments] { run(*arguments); };
}

}  // namespace crossrank
