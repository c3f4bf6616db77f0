// add_flags: the flags of an options struct, from the one place that declares them: its visit().
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "base/option_names.h"

namespace crossrank {

// A flag with the words of an enumeration; another word is Error(kUsage) that names the nearest one.
template <typename Enum>
CLI::Option* add_flag(CLI::App& app, const std::string& flag, Enum& value, const std::string& help) requires std::is_enum_v<Enum> {
  const std::string name = flag.substr(flag.rfind("--"));
  const auto parse = [&value, name](const std::string& word) { value = parse_option_name<Enum>(name, word); };
  return app.add_option_function<std::string>(flag, parse, help)->default_str(std::string(option_name(value)))->type_name("NAME");
}

// A count; anything but a whole number from 0 on is Error(kUsage).
inline CLI::Option* add_flag(CLI::App& app, const std::string& flag, int& value, const std::string& help) {
  const std::string name = flag.substr(flag.rfind("--"));
  const auto parse = [&value, name](const std::string& word) {
    const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (problem == std::errc() && end == word.data() + word.size() && value >= 0) return;
    throw error(ErrorCode::kUsage, "{}: \"{}\" is no whole number from 0 to {}", name, word, std::numeric_limits<int>::max());
  };
  return app.add_option_function<std::string>(flag, parse, help)->default_str(std::to_string(value))->type_name("N");
}

// A count that may be left open.
inline CLI::Option* add_flag(CLI::App& app, const std::string& flag, std::optional<int>& value, const std::string& help) {
  const auto parse = [&value, flag](const std::string& word) {
    int number = 0;
    const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (problem != std::errc() || end != word.data() + word.size() || number < 0) {
      throw error(ErrorCode::kUsage, "{}: \"{}\" is no whole number from 0 to {}", flag, word, std::numeric_limits<int>::max());
    }
    value = number;
  };
  return app.add_option_function<std::string>(flag, parse, help)->type_name("N");
}

// A number of any sign that may be left open.
inline CLI::Option* add_flag(CLI::App& app, const std::string& flag, std::optional<double>& value, const std::string& help) {
  const auto parse = [&value, flag](const std::string& word) {
    double number = 0;
    const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (problem != std::errc() || end != word.data() + word.size() || !std::isfinite(number)) {
      throw error(ErrorCode::kUsage, "{}: \"{}\" is no number", flag, word);
    }
    value = number;
  };
  return app.add_option_function<std::string>(flag, parse, help)->type_name("X");
}

// Yes or no, that may be left open: "true" or "false".
inline CLI::Option* add_flag(CLI::App& app, const std::string& flag, std::optional<bool>& value, const std::string& help) {
  const auto parse = [&value, flag](const std::string& word) {
    if (word != "true" && word != "false") throw error(ErrorCode::kUsage, "{}: \"{}\" is neither true nor false", flag, word);
    value = word == "true";
  };
  return app.add_option_function<std::string>(flag, parse, help)->type_name("true|false");
}

inline CLI::Option* add_flag(CLI::App& app, const std::string& flag, std::string& value, const std::string& help) {
  return app.add_option(flag, value, help)->capture_default_str()->type_name("TEXT");
}

inline CLI::Option* add_flag(CLI::App& app, const std::string& flag, bool& value, const std::string& help) {
  return app.add_flag(flag, value, help);
}

/// A flag for each field of `options`, which must outlive the parsing.
template <typename Options>
void add_flags(CLI::App& app, Options& options) {
  Options::visit(options, [&app](std::string_view name, auto& value, std::string_view help) {
    add_flag(app, name == "top-k" ? "-k,--top-k" : "--" + std::string(name), value, std::string(help));
  });
}

}  // namespace crossrank
