// add_flags: the flags of an options struct, from the one place that declares them: its visit().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/option_names.h"
#include "cli/command.h"

namespace crossrank {

/// The name that messages use of "-k,--top-k": --top-k.
inline std::string long_name(const std::string& names) { return names.substr(names.rfind("--")); }

// add_flag: a flag whose word becomes `value`; a word that is none is Error(kUsage) that names the flag.

/// A word of an enumeration; the error names the nearest one.
template <typename Enum>
Flag add_flag(Command command, const std::string& names, Enum& value, const std::string& help) requires std::is_enum_v<Enum> {
  const auto take = [&value, name = long_name(names)](const std::string& word) { value = parse_option_name<Enum>(name, word); };
  return command.add(names, take, help).default_text(std::string(option_name(value))).value_name("NAME");
}

/// A whole number from 0 on.
Flag add_flag(Command command, const std::string& names, int& value, const std::string& help);
Flag add_flag(Command command, const std::string& names, std::optional<int>& value, const std::string& help);
/// A number of any sign.
Flag add_flag(Command command, const std::string& names, std::optional<double>& value, const std::string& help);
/// "true" or "false".
Flag add_flag(Command command, const std::string& names, std::optional<bool>& value, const std::string& help);
/// Any text.
Flag add_flag(Command command, const std::string& names, std::string& value, const std::string& help);
/// No word: a switch.
Flag add_flag(Command command, const std::string& names, bool& value, const std::string& help);

/// A flag for each field of `options`, which must outlive the parsing.
template <typename Options>
void add_flags(Command command, Options& options) {
  Options::visit(options, [command](std::string_view name, auto& value, std::string_view help) {
    add_flag(command, name == "top-k" ? "-k,--top-k" : "--" + std::string(name), value, std::string(help));
  });
}

}  // namespace crossrank
