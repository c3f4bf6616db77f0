// YAML for the head of a model card: block style, in the order given, with quotes wherever YAML 1.1 (PyYAML) or 1.2 (the Hub) would read
// a text as anything but itself. A card is written and never read, so this is a writer of eighty lines and no library.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace crossrank {

/// Json that keeps its keys in the order in which they were put in.
using OrderedJson = nlohmann::ordered_json;

/// A text on one line: plain where that is safe, else in single quotes, and in double quotes where it holds what only escapes can say.
/// UTF-8; what is not becomes U+FFFD.
std::string yaml_text(std::string_view text);

/// An object as lines "key: value\n". Empty objects and lists are written as {} and [].
std::string yaml(const OrderedJson& object);

}  // namespace crossrank
