// add_flags: the flags of an options struct, from the one place that declares them: its visit().
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <charconv>
#include <limits>
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
