// own_address: by which of its addresses the other processes can reach this one.
#pragma once

#include <string>

namespace crossrank {

/// The address, as text, that this machine has on the way to `host` (a name or an address of MASTER_ADDR); nothing is sent. Error(kIo)
/// when the name means nothing here or no way leads to it; and where there are processes `on_other_machines`, but the name means this
/// machine alone (/etc/hosts gives many machines' own names a loopback address).
std::string own_address(const std::string& host, int port, bool on_other_machines);

}  // namespace crossrank
