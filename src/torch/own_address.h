// own_address: by which of its addresses this machine reaches another one, so that the other can answer.
#pragma once

#include <string>

namespace crossrank {

/// A numeric address of this machine. Error(kIo) when `host` is unknown or there is no way to it.
std::string own_address(const std::string& host, int port);

}  // namespace crossrank
