// crossrank split: the rows of a data set to train on, and those to test on.
#include <fmt/format.h>

#include <memory>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "data/dataset.h"
#include "data/row_writer.h"
#include "data/train_test_split.h"

namespace crossrank {
namespace {

constexpr const char* kExamples = R"(Examples:
  crossrank split --data pairs.jsonl --test-size 1000 --seed 12 --train train.jsonl --test eval.jsonl
  crossrank split --data org/name --split train --test-size 0.1 --train train.parquet --test test.parquet
  crossrank split --data pairs.csv.gz --test-size 500 --shuffle=false --train train.jsonl --test last.jsonl)";

struct SplitArguments {
  DatasetOptions data;
  TrainTestSplitOptions options;
  std::string train, test;
};

// All rows as JSON text, the smallest form in which any row can be taken out.
class PackedRows {
 public:
  void add(const std::vector<Json>& values) {
    text_ += Json(values).dump(-1, ' ', false, Json::error_handler_t::replace);
    ends_.push_back(text_.size());
  }
  int64_t size() const { return static_cast<int64_t>(ends_.size()); }
  std::vector<Json> row(uint32_t index) const {
    const size_t begin = index == 0 ? 0 : ends_[index - 1];
    return Json::parse(text_.begin() + static_cast<std::ptrdiff_t>(begin), text_.begin() + static_cast<std::ptrdiff_t>(ends_[index]))
        .get<std::vector<Json>>();
  }

 private:
  std::string text_;
  std::vector<size_t> ends_;
};

void write_part(const std::string& path, const std::vector<std::string>& columns, const PackedRows& rows,
                const std::vector<uint32_t>& part) {
  const auto writer = RowWriter::open(path, columns);
  for (const uint32_t index : part) writer->write(rows.row(index));
  writer->finish();
}

void run(const SplitArguments& arguments) {
  if (arguments.train == arguments.test)
    throw error(ErrorCode::kUsage, "split: --train and --test name the same file, {}", arguments.train);
  const auto reader = DatasetReader::open(arguments.data);
  PackedRows rows;
  DatasetRow row;
  while (reader->next(row)) rows.add(row.values);
  if (rows.size() == 0) throw nothing_in(reader->name());
  const TrainTestRows parts = train_test_split(rows.size(), arguments.options);
  write_part(arguments.train, reader->columns(), rows, parts.train);
  write_part(arguments.test, reader->columns(), rows, parts.test);
  print(fmt::format("{{\"train\":{},\"test\":{}}}\n", parts.train.size(), parts.test.size()));
}

}  // namespace

RunVerb add_split(Command command) {
  auto arguments = std::make_shared<SplitArguments>();
  command.description(
      "Splits a data set into rows to train on and rows to test on: the same rows as train_test_split of Python's datasets.");
  command.footer(kExamples);
  add_flags(command, arguments->data);
  command.flag("--data").required();
  add_flags(command, arguments->options);
  command.add_text("--train", arguments->train, "file for the rows to train on, .jsonl or .parquet").value_name("FILE").required();
  command.add_text("--test", arguments->test, "file for the rows to test on, .jsonl or .parquet").value_name("FILE").required();
  return [arguments] { run(*arguments); };
}

}  // namespace crossrank
