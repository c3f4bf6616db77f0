// quote_stranger: what a stranger said, fit for a message.
#pragma once

#include <string>
#include <string_view>

namespace crossrank {

/// The text as valid UTF-8 without control characters (a NUL would end the message, an escape could steer a terminal), not endless.
std::string quote_stranger(std::string_view text);

}  // namespace crossrank
