#include "cli/flags.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace crossrank {
namespace {

template <typename Number>
std::optional<Number> whole_word(const std::string& word) {
  Number number{};
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (problem != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

int parse_count(const std::string& name, const std::string& word) {
  const auto count = whole_word<int>(word);
  if (!count || *count < 0) {
    throw error(ErrorCode::kUsage, "{}: \"{}\" is no whole number from 0 to {}", name, word, std::numeric_limits<int>::max());
  }
  return *count;
}

double parse_number(const std::string& name, const std::string& word) {
  const auto number = whole_word<double>(word);
  if (!number || !std::isfinite(*number)) throw error(ErrorCode::kUsage, "{}: \"{}\" is no number", name, word);
  return *number;
}

bool parse_truth(const std::string& name, const std::string& word) {
  if (word != "true" && word != "false") throw error(ErrorCode::kUsage, "{}: \"{}\" is neither true nor false", name, word);
  return word == "true";
}

template <typename Value, typename Parse>
Flag add_parsed(Command command, const std::string& names, Value& value, const std::string& help, Parse parse) {
  return command.add(
      names, [&value, parse, name = long_name(names)](const std::string& word) { value = parse(name, word); }, help);
}

}  // namespace

Flag add_flag(Command command, const std::string& names, int& value, const std::string& help) {
  return add_parsed(command, names, value, help, parse_count).default_text(std::to_string(value)).value_name("N");
}

Flag add_flag(Command command, const std::string& names, std::optional<int>& value, const std::string& help) {
  return add_parsed(command, names, value, help, parse_count).value_name("N");
}

Flag add_flag(Command command, const std::string& names, std::optional<double>& value, const std::string& help) {
  return add_parsed(command, names, value, help, parse_number).value_name("X");
}

Flag add_flag(Command command, const std::string& names, std::optional<bool>& value, const std::string& help) {
  return add_parsed(command, names, value, help, parse_truth).value_name("true|false");
}

Flag add_flag(Command command, const std::string& names, std::string& value, const std::string& help) {
  return command.add_text(names, value, help).value_name("TEXT");
}

Flag add_flag(Command command, const std::string& names, bool& value, const std::string& help) {
  return command.add_switch(names, value, help);
}

}  // namespace crossrank
